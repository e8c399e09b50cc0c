namespace Babyhelm.Tests.Monitoring;

/// <summary>The queries of <c>Data/monitoring/expressions.promql</c>.</summary>
internal static class Expressions
{
    public static readonly IReadOnlyList<string> All = Read();

    private static List<string> Read()
    {
        var queries = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "monitoring", "expressions.promql")))
        {
            if (line.StartsWith('#')) continue;
            if (line.StartsWith(' ')) queries[^1] += $"\n{line}";
            else queries.Add(line);
        }
        return queries;
    }
}
