using System.Collections.Concurrent;
using Babyhelm.Core.Monitoring.PromQl;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Tests.Common;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Monitoring;

/// <summary>
/// Limited queries to a Prometheus with everybody's series answer what the same queries, as they were written, answer to one
/// that holds the tenant's own series and nothing else.
/// </summary>
public sealed class ScopedQueryTests(ITestOutputHelper output)
{
    private const int Mutants = 20_000;
    private static readonly string[] StrangersMarks = ["rival", "onerous", "kubelet", "NodeDown"];

    [Fact]
    public async Task Every_expression_answers_from_the_series_of_one_namespace() =>
        await CompareAsync(await TestPrometheus.One, new NamespaceScope([TestSeries.One]));

    [Fact]
    public async Task Every_expression_answers_from_the_series_of_two_namespaces() =>
        await CompareAsync(await TestPrometheus.Both, new NamespaceScope([TestSeries.One, TestSeries.Two]));

    private static async Task CompareAsync(TestPrometheus own, NamespaceScope scope)
    {
        Assert.True(Expressions.All.Count >= 200, $"{Expressions.All.Count} expressions");
        var all = await TestPrometheus.All;
        var wrong = new List<string>();
        var (different, filled) = (0, 0);
        foreach (var query in Expressions.All)
        {
            var limited = QueryScope.Limit(query, scope);
            if (limited.Error is { } error)
            {
                wrong.Add($"{query}: {error.Message}");
                continue;
            }
            var (mine, seen) = (await own.Api.QueryAsync(query), await all.Api.QueryAsync(limited.Value));
            if (mine.Status != 200) wrong.Add($"{query} is not legal: {mine.Text}");
            else if (seen.Data != mine.Data) wrong.Add($"{query}\nanswers {seen.Text}\ninstead of {mine.Text}");
            if (StrangersMarks.FirstOrDefault(mark => seen.Text.Contains(mark, StringComparison.Ordinal) && !query.Contains(mark, StringComparison.Ordinal)) is { } mark)
                wrong.Add($"{query} shows {mark}: {seen.Text}");
            var (mineOver, seenOver) = (await own.Api.RangeAsync(query), await all.Api.RangeAsync(limited.Value));
            if ((mineOver.Status, mineOver.Data) != (seenOver.Status, seenOver.Data)) wrong.Add($"{query}, over time,\nanswers {seenOver.Text}\ninstead of {mineOver.Text}");
            if ((await all.Api.QueryAsync(query)).Data != mine.Data) different++;
            if (mine.Data is not ("vector\n" or "matrix\n")) filled++;
        }
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        // Else the comparison would show nothing.
        Assert.True(different > 150 && filled > 200, $"{different} expressions would show strangers' series if they were not limited, {filled} answer anything");
    }

    /// <summary>Also that nothing is refused that Prometheus takes.</summary>
    [Fact]
    public async Task Broken_and_hostile_queries_never_reach_beyond_the_namespace()
    {
        var mutator = new QueryMutator(Seed.Next(output), Expressions.All);
        var queries = Enumerable.Range(0, Mutants).Select(_ => mutator.Next()).ToList();
        var scope = new NamespaceScope([TestSeries.One]);
        var (all, own) = (await TestPrometheus.All, await TestPrometheus.One);
        var wrong = new ConcurrentQueue<string>();
        var (taken, good) = (0, 0);
        await Parallel.ForEachAsync(queries, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (query, _) =>
        {
            var limited = QueryScope.Limit(query, scope);
            var mine = await own.Api.QueryAsync(query);
            if (limited.Error is { } error)
            {
                if (mine.Status != 400) wrong.Enqueue($"{query}\nis refused ({error.Message}), while Prometheus answers {mine.Text}");
                return;
            }
            Interlocked.Increment(ref taken);
            if (mine.Status == 200) Interlocked.Increment(ref good);
            if (Unlike(PromQlText.Parse(query), PromQlText.Parse(Printer.Print(PromQlText.Parse(query).Value)))) wrong.Enqueue($"{query}\nis another when it is printed");
            var seen = await all.Api.QueryAsync(limited.Value);
            if ((seen.Status, seen.Data) != (mine.Status, mine.Data)) wrong.Enqueue($"{query}\nas {limited.Value}\nanswers {seen.Text}\ninstead of {mine.Text}");
        });
        output.WriteLine($"{queries.Count} queries, {taken} taken, {good} answered");
        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong.Take(20)));
        Assert.True(good > Mutants / 10, $"only {good} of {Mutants} are still queries");
    }

    private static bool Unlike(Babyhelm.Core.Common.Result<Expr> one, Babyhelm.Core.Common.Result<Expr> other) => TreeText.Of(one.Value) != TreeText.Of(other.Value);
}
