using Babyhelm.Core.Liquid;

namespace Babyhelm.Tests.Liquid;

public class LimitTests
{
    private static LiquidError Error(string source, LiquidLimits? limits = null, LiquidOptions? options = null)
    {
        var (template, error) = LiquidTemplate.Parse(source, options);
        error ??= template!.Render([], limits).Error;
        Assert.NotNull(error);
        return error;
    }

    [Theory]
    [InlineData("{% for i in (1..1000000000000) %}x{% endfor %}", LiquidLimit.Steps)]
    [InlineData("{% for i in (1..1000000) %}{% for j in (1..1000000) %}{% endfor %}{% endfor %}", LiquidLimit.Steps)]
    [InlineData("{% tablerow i in (1..100000000) %}{% endtablerow %}", LiquidLimit.Output)]
    [InlineData("{{ (1..1000000000000) | join: ',' }}", LiquidLimit.Steps)]
    [InlineData("{% assign a = (1..9223372036854775807) | reverse %}", LiquidLimit.Steps)]
    [InlineData("{% assign a = 'x' %}{% for i in (1..64) %}{% assign a = a | append: a %}{% endfor %}", LiquidLimit.Output)]
    [InlineData("{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..9) %}{% assign a = a | replace: 'x', a %}{% endfor %}", LiquidLimit.Output)]
    [InlineData("{% assign a = (1..100) %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}", null)]
    [InlineData("{% assign a = '1,1' | split: ',' %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}", LiquidLimit.Steps)]
    [InlineData("{% assign a = 10 %}{% for i in (1..40) %}{% assign a = a | times: a %}{% endfor %}", null)]
    [InlineData("{% include 'a' %}", LiquidLimit.Nesting)]
    [InlineData("{% render 'b' %}", LiquidLimit.Nesting)]
    [InlineData("{% include 'twice' %}", LiquidLimit.Nesting)]
    public void An_endless_template_ends_with_the_limit_named(string source, string? limit)
    {
        var partials = new Dictionary<string, string> { ["a"] = "{% include 'a' %}", ["b"] = "{% if true %}{% render 'b' %}{% endif %}", ["twice"] = "{% include 'twice' %}{% include 'twice' %}" };
        Assert.Equal(limit, Error(source, options: new LiquidOptions { Partials = partials }).Limit);
    }

    [Fact]
    public void A_long_source_is_refused_before_it_is_parsed()
    {
        var error = Error(new string('{', 5_000_000));
        Assert.Equal(LiquidLimit.Source, error.Limit);
        Assert.Equal((1, 1), (error.Line, error.Column));
        var partial = new LiquidOptions { Partials = new Dictionary<string, string> { ["big"] = new string('x', 300_000) } };
        Assert.Equal((LiquidLimit.Source, "big"), (Error("{% include 'big' %}", options: partial).Limit, Error("{% include 'big' %}", options: partial).Template));
    }

    [Fact]
    public void Nesting_of_blocks_and_brackets_is_bounded()
    {
        static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
        Assert.Equal(LiquidLimit.Nesting, Error(Repeat("{% if true %}", 20_000)).Limit);
        Assert.Equal(LiquidLimit.Nesting, Error("{{ a" + Repeat("[a", 50_000) + " }}").Limit);
        Assert.Equal(LiquidLimit.Nesting, Error("{{ " + Repeat("(", 50_000) + " }}").Limit);
        Assert.Null(LiquidTemplate.Parse(Repeat("{% if true %}", 100) + Repeat("{% endif %}", 100)).Error);
    }

    [Fact]
    public void Time_is_bounded_by_the_given_clock()
    {
        var limits = new LiquidLimits { Clock = new JumpingClock(), MaxSteps = long.MaxValue };
        Assert.Equal(LiquidLimit.Time, Error("{% for i in (1..1000000000000) %}{% endfor %}", limits).Limit);
    }

    [Fact]
    public void Cancellation_ends_a_rendering()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var template = LiquidTemplate.Parse("{% for i in (1..1000) %}x{% endfor %}").Template();
        Assert.Equal(LiquidLimit.Cancellation, template.Render([], null, source.Token).Error!.Limit);
    }

    [Fact]
    public void The_output_is_bounded_to_the_character()
    {
        var template = LiquidTemplate.Parse("{{ 'abcdefgh' }}ij").Template();
        Assert.Equal("abcdefghij", template.Render([], new LiquidLimits { MaxOutputLength = 10 }).Value);
        Assert.Equal(LiquidLimit.Output, template.Render([], new LiquidLimits { MaxOutputLength = 9 }).Error!.Limit);
    }

    [Theory]
    [InlineData("{{{{{{{{{{")]
    [InlineData("{%{%{%{%{%")]
    [InlineData("{% comment %}{{")]
    [InlineData("{% raw %}{% {{ {%")]
    [InlineData("<script><script><script>")]
    [InlineData("{{ '")]
    [InlineData("{% assign ")]
    public void Parsing_takes_time_in_proportion_to_the_source(string piece)
    {
        var source = string.Concat(Enumerable.Repeat(piece, 250_000 / piece.Length));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        LiquidTemplate.Parse(source).Value?.Render([]);
        var stripped = LiquidTemplate.Parse("{{ s | strip_html | size }}").Template().Render(new LiquidMap { ["s"] = source });
        Assert.Null(stripped.Error);
        // A quadratic step would take minutes; the bound leaves room for a busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), watch.Elapsed.ToString());
    }

    private sealed class JumpingClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => _now += TimestampFrequency;
    }
}

internal static class LiquidResults
{
    public static LiquidTemplate Template(this LiquidResult<LiquidTemplate> result)
    {
        Assert.True(result.Error is null, result.Error?.ToString());
        return result.Value!;
    }
}
