using System.Reflection;
using Babyhelm.Tests.Integration;
using Xunit.Sdk;

namespace Babyhelm.Tests.Cluster;

/// <summary>docs/conformance.md names every case that does not hold everywhere, with where and why.</summary>
public sealed class ConformanceListTests
{
    [Fact]
    public void The_list_in_the_docs_is_what_the_cases_say()
    {
        var document = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", "conformance.md"));
        var expected = Rows().ToList();
        var written = document.Where(l => l.StartsWith("| `", StringComparison.Ordinal)).ToList();
        Assert.True(expected.SequenceEqual(written), $"docs/conformance.md must have exactly these rows:\n{string.Join('\n', expected)}");
    }

    [Fact]
    public void Every_condition_has_a_reason()
    {
        foreach (var (name, condition) in Conditional())
        {
            Assert.False(string.IsNullOrWhiteSpace(condition.Because), name);
            Assert.True(condition.NotOn != TargetKind.None ^ condition.Since is not null, name);
        }
    }

    private static IEnumerable<string> Rows() => Conditional().Select(c => $"| `{c.Name}` | {Where(c.Condition)} | {c.Condition.Because} |").Order(StringComparer.Ordinal);

    private static string Where(IConditional condition) => condition switch
    {
        { NotOn: TargetKind.Sandbox } => "real clusters",
        { NotOn: TargetKind.RealCluster } => "the sandbox",
        var c => $"Kubernetes {c.Since} and newer, the sandbox",
    };

    private static IEnumerable<(string Name, IConditional Condition)> Conditional() =>
        from type in typeof(ClusterCase).Assembly.GetTypes()
        where type.Namespace == typeof(ClusterCase).Namespace && type.Name.EndsWith("Conformance", StringComparison.Ordinal)
        from method in type.GetMethods()
        from condition in method.GetCustomAttributes<FactAttribute>().Cast<Attribute>().Concat(method.GetCustomAttributes<DataAttribute>()).OfType<IConditional>()
        where condition.NotOn != TargetKind.None || condition.Since is not null || condition.Because is not null
        select ($"{type.Name}.{method.Name}{(condition is RowAttribute row ? $"({row.Data[0]})" : "")}", condition);
}
