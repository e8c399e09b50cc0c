using System.Text.Json;
using Babyhelm.Core.Liquid;

namespace Babyhelm.Tests.Liquid;

public class LiquidTemplateTests
{
    private static readonly LiquidOptions Strict = new() { Strict = true, Name = "main", Partials = new Dictionary<string, string> { ["part"] = "ok\n  {{ nope }}" } };

    private static string Render(string source, LiquidMap? values = null)
    {
        var (text, error) = LiquidTemplate.Parse(source).Template().Render(values ?? []);
        Assert.True(error is null, error?.ToString());
        return text!;
    }

    [Theory]
    [InlineData("a\n {{ nope }}", 2, 5, "no variable 'nope'")]
    [InlineData("{{ a.b.c }}", 1, 4, "no 'c' in 'a'")]
    [InlineData("{{ a | nosuch }}", 1, 8, "no filter 'nosuch'")]
    [InlineData("{{ a | append }}", 1, 8, "takes 1 arguments")]
    [InlineData("{% if nope %}{% endif %}", 1, 7, "no variable")]
    [InlineData("x\n{% nosuch %}", 2, 1, "tag 'nosuch' is unknown")]
    [InlineData("{% for i in a %}", 1, 1, "never closed")]
    [InlineData("{{ a", 1, 1, "not closed")]
    [InlineData("{{ a b }}", 1, 6, "'b' is not expected")]
    [InlineData("{{ 'a }}", 1, 4, "not closed")]
    [InlineData("{% liquid\n  assign x = 1\n  echo nope\n%}", 3, 8, "no variable")]
    [InlineData("{% if 1 > 'a' %}{% endif %}", 1, 9, "cannot be compared")]
    [InlineData("{{ 1 | divided_by: 0 }}", 1, 8, "Division by zero")]
    [InlineData("{% include 'gone' %}", 1, 1, "no template 'gone'")]
    public void Errors_in_strict_mode_have_the_place(string source, int line, int column, string says)
    {
        var (template, error) = LiquidTemplate.Parse(source, Strict);
        error ??= template!.Render(new LiquidMap { ["a"] = new LiquidMap { ["b"] = new LiquidMap() } }).Error;
        Assert.NotNull(error);
        Assert.Equal((line, column, "main"), (error.Line, error.Column, error.Template));
        Assert.Contains(says, error.Message);
    }

    [Fact]
    public void An_error_in_a_partial_names_it()
    {
        var error = LiquidTemplate.Parse("{% render 'part' %}", Strict).Template().Render([]).Error!;
        Assert.Equal(("part", 2, 6), (error.Template, error.Line, error.Column));
        Assert.StartsWith("part, line 2, column 6: ", error.ToString());
    }

    [Theory]
    [InlineData("{{ 'a' | yaml }}", "\"a\"")]
    [InlineData("{{ nil | yaml }}", "null")]
    [InlineData("{{ 1.5 | yaml }}", "1.5")]
    [InlineData("{{ true | json }}", "true")]
    [InlineData("{{ 'a,b' | split: ',' | yaml }}", "[\"a\", \"b\"]")]
    [InlineData("{{ \"a'\" | yaml }}", "\"a'\"")]
    [InlineData("{{ \"a\nb\" | indent: 2 }}", "  a\n  b")]
    [InlineData("{{ 'ü' | b64encode }}", "w7w=")]
    [InlineData("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Own_filters(string source, string result) => Assert.Equal(result, Render(source));

    [Fact]
    public void Json_holds_every_text()
    {
        for (var code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97)
        {
            if (!System.Text.Rune.IsValid(code)) continue;
            var text = "a" + new System.Text.Rune(code) + "b";
            Assert.Equal(text, JsonDocument.Parse(Render("{{ t | json }}", new LiquidMap { ["t"] = text })).RootElement.GetString());
        }
        Assert.NotNull(LiquidTemplate.Parse("{{ t | yaml }}").Template().Render(new LiquidMap { ["t"] = "\ud800" }).Error);
    }

    [Theory]
    [InlineData("{{ 0.1 | plus: 0.2 }}", "0.3")]
    [InlineData("{{ 7 | divided_by: -2 }} {{ -7 | modulo: 3 }}", "-4 2")]
    [InlineData("{{ 9223372036854775807 | plus: 1 }}", "9223372036854775808")]
    [InlineData("{{ 1.0 }} {{ 100000000000000000000.0 }} {{ 0.00001 }}", "1.0 1.0e+20 1.0e-05")]
    [InlineData("{{ 123456789012345.6 | plus: 0 }} {{ 1234567890123456.0 }}", "123456789012345.6 1234567890123456.0")]
    [InlineData("{{ 2.5 | round }} {{ -2.5 | round }} {{ 1234 | round: -2 }} {{ 1.005 | round: 2 }}", "3 -3 1200 1.01")]
    [InlineData("{{ '3.5' | ceil }} {{ '-3.5' | floor }}", "4 -4")]
    public void Arithmetic(string source, string result) => Assert.Equal(result, Render(source));

    [Theory]
    [InlineData("%Y-%m-%d %H:%M:%S %z", "2016-03-05 07:08:09 +0000")]
    [InlineData("%a %A %b %B %d %e %-d %j", "Sat Saturday Mar March 05  5 5 065")]
    [InlineData("%y %C %I %l %p %P %^a %#p", "16 20 07  7 AM am SAT am")]
    [InlineData("%U %W %V %G %u %w", "09 09 09 2016 6 6")]
    [InlineData("%F %T %D %R %s %L %N %%", "2016-03-05 07:08:09 03/05/16 07:08 1457161689 000 000000000 %")]
    [InlineData("%10Y|%_m|%:z|%Z|%Q|%", "0000002016| 3|+00:00|UTC|%Q|%")]
    public void Dates(string format, string result) =>
        Assert.Equal(result, Render("{{ '2016-03-05 07:08:09' | date: f }}", new LiquidMap { ["f"] = format }));

    [Fact]
    public void Now_comes_from_the_clock()
    {
        var template = LiquidTemplate.Parse("{{ 'now' | date: '%Y' }}").Template();
        Assert.Equal("1999", template.Render([], new LiquidLimits { Clock = new FixedClock() }).Value);
    }

    [Fact]
    public void Values_are_not_changed_and_one_template_serves_many_at_once()
    {
        var values = new LiquidMap { ["n"] = 3, ["list"] = new List<LiquidValue> { "b", "a" } };
        var template = LiquidTemplate.Parse("{% increment n %}{% assign list = list | sort %}{% for i in list %}{% cycle 'x', 'y' %}{{ i }}{% endfor %}").Template();
        Parallel.For(0, 200, _ => Assert.Equal("3xayb", template.Render(values).Value));
        Assert.Equal("3", values["n"].ToString());
        Assert.Equal("ba", values["list"].ToString());
    }

    [Fact]
    public void Nothing_but_the_values_can_be_reached()
    {
        Assert.Equal("", Render("{{ s.Length }}{{ s.GetType }}{{ s['Length'] }}{{ list.Count }}{{ list.Capacity }}{{ map.Keys }}{{ map.Comparer }}",
            new LiquidMap { ["s"] = "x", ["list"] = new List<LiquidValue> { 1 }, ["map"] = new LiquidMap { ["a"] = 1 } }));
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(1999, 1, 2, 0, 0, 0, TimeSpan.Zero);
    }
}
