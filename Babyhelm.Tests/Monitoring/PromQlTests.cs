using Babyhelm.Core.Monitoring.PromQl;
using Babyhelm.Core.Monitoring.Scoped;

namespace Babyhelm.Tests.Monitoring;

public sealed class PromQlTests
{
    private static readonly NamespaceScope Scope = new(["bh-shop"]);

    /// <summary>What is new in Prometheus 3 beside what the expressions have, which run on a real one.</summary>
    private static readonly string[] Newer =
    [
        """{"my.metric", "a.b"="c", d!~'e'}""", """sum by ("a.b", c) ({"my.metric"})""", "up[300]", "up offset 90", "1_000 + 5m", "rate(up[1_0])[5m:30]", "mad_over_time(up[5m])",
    ];

    [Fact]
    public void What_is_printed_reads_as_the_same_tree()
    {
        foreach (var query in Expressions.All.Concat(Newer))
        {
            var read = PromQlText.Parse(query).Value;
            Assert.Equal(TreeText.Of(read), TreeText.Of(PromQlText.Parse(Printer.Print(read)).Value));
        }
    }

    [Fact]
    public void Every_selector_of_a_limited_query_has_the_namespaces_first_and_then_its_own_matchers()
    {
        var count = 0;
        foreach (var query in Expressions.All.Concat(Newer))
        {
            var (before, after) = (PromQlText.Parse(query).Value, PromQlText.Parse(QueryScope.Limit(query, Scope).Value).Value);
            var (own, limited) = (QueryScope.Selectors(before).ToList(), QueryScope.Selectors(after).ToList());
            Assert.Equal(own.Count, limited.Count);
            foreach (var (mine, theirs) in own.Zip(limited))
                Assert.Equal([new Matcher("namespace", "=~", "\"bh-shop\""), .. mine.Matchers], theirs.Matchers);
            count += own.Count;
        }
        Assert.True(count > 200, $"{count} selectors");
    }

    [Theory]
    [InlineData("up", """up{namespace=~"bh-shop"}""")]
    [InlineData("up{namespace=\"bh-rival\"}", """up{namespace=~"bh-shop",namespace="bh-rival"}""")]
    [InlineData("SUM(a) BY (b) # all", """sum by (b) (a{namespace=~"bh-shop"})""")]
    [InlineData("a * on(x) group_left b", """a{namespace=~"bh-shop"} * on (x) group_left () b{namespace=~"bh-shop"}""")]
    [InlineData("a @ 5 offset -1m", """a{namespace=~"bh-shop"} offset -1m @ 5""")]
    [InlineData("{'my.metric'}", """{'my.metric',namespace=~"bh-shop"}""")]
    public void A_limited_query_is_written_so(string query, string limited) => Assert.Equal(limited, QueryScope.Limit(query, Scope).Value);

    [Fact]
    public void Names_are_no_patterns_and_nobodys_scope_holds_nothing()
    {
        Assert.Equal("""up{namespace=~"a\\.b|bh-shop"}""", QueryScope.Limit("up", new NamespaceScope(["bh-shop", "a.b", "bh-shop"])).Value);
        Assert.Equal("""up{namespace=~"",namespace=~".+"}""", QueryScope.Limit("up", new NamespaceScope([])).Value);
        Assert.Throws<ArgumentException>(() => new NamespaceScope(["a\"} or up{b=\""]));
        Assert.Throws<ArgumentException>(() => new NamespaceScope([""]));
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("sum(", 1, 5)]
    [InlineData("sum(\n  up[5x])", 2, 6)]
    [InlineData("up{a=\"b}", 1, 6)]
    [InlineData("up{a=\"\\q\"}", 1, 7)]
    [InlineData("up{a=b}", 1, 6)]
    [InlineData("up )", 1, 4)]
    [InlineData("{}", 1, 1)]
    [InlineData("{a=~\".*\", b!=\"c\"}", 1, 1)]
    [InlineData("up{__name__=\"down\"}", 1, 1)]
    [InlineData("rate(up)", 1, 1)]
    [InlineData("abs(up, up)", 1, 1)]
    [InlineData("nonsense(up)", 1, 1)]
    [InlineData("info(up)", 1, 1)]
    [InlineData("1 == 1", 1, 3)]
    [InlineData("up and 1", 1, 4)]
    [InlineData("up + bool up", 1, 6)]
    [InlineData("up or on(a) group_left up", 1, 13)]
    [InlineData("up offset 5m offset 5m", 1, 14)]
    [InlineData("(up)[5m]", 1, 5)]
    [InlineData("topk(up)", 1, 1)]
    [InlineData("up{a=\"b\"} ~ up", 1, 11)]
    [InlineData("on", 1, 1)]
    [InlineData("sum by (a:b) (up)", 1, 9)]
    [InlineData("up[5s1m]", 1, 4)]
    [InlineData("up # only a comment\n+", 2, 2)]
    [InlineData("up{a=\"\ufffd\"}", 1, 7)]
    public void A_fault_is_told_with_its_place(string query, int line, int column)
    {
        var fault = Assert.IsType<InvalidQuery>(QueryScope.Limit(query, Scope).Error);
        Assert.Equal((line, column), (fault.Line, fault.Column));
        Assert.EndsWith(".", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_is_none() => Assert.IsType<InvalidQuery>(PromQlText.Parse("up{a=\"\ud800\"}").Error);

    [Fact]
    public void Nothing_that_is_too_large_is_read()
    {
        foreach (var query in new[]
        {
            new string('(', 100_000), new string('(', 30_000), new string('-', 30_000), string.Concat(Enumerable.Repeat("1+", 15_000)) + "1",
            string.Concat(Enumerable.Repeat("2^", 15_000)) + "2", string.Concat(Enumerable.Repeat("sum(", 8_000)), "up" + string.Concat(Enumerable.Repeat("[5m:]", 6_000)),
            $"vector({string.Join(',', Enumerable.Repeat("up", 101))})", new string('{', 30_000), $"{{a=~\"{new string('(', 30_000)}",
        })
            Assert.IsType<InvalidQuery>(QueryScope.Limit(query, Scope).Error);
        // Patterns cost what somebody wrote: most of these are left untried.
        Assert.Null(QueryScope.LimitSelector($"{{{string.Join(',', Enumerable.Repeat("a=~\"([!-$]|[#-&]|[%-)]|b)?\"", 1000))}}}", Scope).Error);
        Assert.Null(QueryScope.Limit("{job=~\"[a-z-[aeiou]]*\"}", Scope).Error);
        Assert.IsType<InvalidQuery>(QueryScope.Limit("{a=~\"\",b=~\".*\",c!~\".+\"}", Scope).Error);
        // As large as may be.
        Assert.Null(QueryScope.Limit($"{new string('(', 200)}up{new string(')', 200)}", Scope).Error);
        Assert.Null(QueryScope.Limit(string.Join(" or ", Enumerable.Repeat("up", 100)), Scope).Error);
        Assert.Null(QueryScope.Limit($"up{{a=\"{new string('b', 32_000)}\"}}", Scope).Error);
    }

    [Fact]
    public void So_many_projects_that_a_query_gets_too_long_are_told()
    {
        var many = new NamespaceScope(Enumerable.Range(0, 3000).Select(i => $"bh-project-number-{i:0000}"));
        Assert.Null(QueryScope.Limit("up", many).Error);
        Assert.Contains("Use a token for one project", Assert.IsType<InvalidQuery>(QueryScope.Limit(string.Join(" or ", Enumerable.Repeat("up", 100)), many).Error).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", true)]
    [InlineData("up{a=\"b\"}", true)]
    [InlineData("{__name__=~\".+\"}", true)]
    [InlineData("up[5m]", false)]
    [InlineData("up offset 5m", false)]
    [InlineData("up or up", false)]
    [InlineData("sum(up)", false)]
    [InlineData("(up)", false)]
    [InlineData("1", false)]
    [InlineData("", false)]
    public void A_match_is_a_plain_selector(string match, bool isOne) => Assert.Equal(isOne, QueryScope.LimitSelector(match, Scope).Error is null);
}
