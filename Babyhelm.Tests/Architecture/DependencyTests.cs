using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Architecture;

/// <summary>Keeps the direction between slices, read from the compiled assemblies: every type that a type's metadata or code names.</summary>
public class DependencyTests
{
    private const string Core = "Babyhelm.Core.";

    // Each slice and the slices it may know. What stands lower never knows what stands higher.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Common"] = [],
        ["Liquid"] = [],
        ["JsonSchemas"] = ["Common"],
        ["Kubernetes"] = ["Common"],
        ["Sandbox"] = ["Common"],
        // The context holds Identity's user, so the two know each other; Audit is written by all.
        ["Data"] = ["Common", "Accounts"],
        ["Accounts"] = ["Common", "Data", "Audit"],
        ["Audit"] = ["Common", "Data", "Accounts"],
        ["Manifests"] = ["Common", "Kubernetes", "Liquid"],
        ["Projects"] = ["Common", "Kubernetes", "Manifests", "Data", "Accounts", "Audit"],
        ["Templates"] = ["Common", "Manifests", "Data", "Accounts", "Audit"],
        ["Administration"] = ["Common", "Data", "Accounts", "Audit", "Projects"],
        ["Rollouts"] = ["Common", "Kubernetes"],
        ["Clusters"] = ["Common", "Kubernetes", "Manifests", "Rollouts", "Accounts", "Audit"],
        ["Applications"] = ["Common", "Kubernetes", "Manifests", "Templates", "Rollouts", "Clusters", "Projects", "Data", "Accounts", "Audit"],
        ["Jobs"] = ["Common", "Data"],
        ["Monitoring"] = ["Common", "Projects", "Data", "Accounts"],
        ["Gateway"] = ["Common", "Kubernetes", "Manifests", "Rollouts", "Applications", "Projects", "Data", "Accounts"],
    };

    public static TheoryData<string> Slices => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Slices))]
    public void A_slice_knows_only_what_stands_below_it(string slice)
    {
        var known = References(typeof(Error).Assembly).Where(r => r.From == slice).Select(r => r.To).Distinct().Where(to => to != slice);
        Assert.Empty(known.Except(Allowed[slice]));
    }

    [Fact]
    public void Every_slice_is_in_the_table()
    {
        var slices = typeof(Error).Assembly.GetTypes().Select(t => SliceOf(t.Namespace)).OfType<string>().Distinct();
        Assert.Empty(slices.Except(Allowed.Keys));
    }

    [Theory]
    [InlineData("Liquid")]
    [InlineData("JsonSchemas")]
    [InlineData("Kubernetes")]
    [InlineData("Common")]
    public void The_lowest_slices_know_neither_the_database_nor_the_web(string slice)
    {
        var known = ExternalReferences(typeof(Error).Assembly).Where(r => r.From == slice).Select(r => r.To).Distinct();
        Assert.DoesNotContain(known, n => n.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)
            || n.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || n.StartsWith("Npgsql", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_composition_knows_the_sandbox()
    {
        var web = ExternalReferences(typeof(Program).Assembly, "Babyhelm.Web.").Where(r => r.To.StartsWith(Core + "Sandbox", StringComparison.Ordinal));
        Assert.All(web, r => Assert.Equal("Cluster", r.From));
    }

    private static IEnumerable<(string From, string To)> References(Assembly assembly) =>
        from reference in AllReferences(assembly, Core)
        let to = SliceOf(reference.To)
        where to is not null
        select (reference.From, to);

    private static IEnumerable<(string From, string To)> ExternalReferences(Assembly assembly, string root = Core) => AllReferences(assembly, root);

    private static string? SliceOf(string? ns) =>
        ns is not null && ns.StartsWith(Core, StringComparison.Ordinal) ? ns[Core.Length..].Split('.')[0] : null;

    /// <summary>Slice of each type to the namespace of each type that its members and method bodies name.</summary>
    private static IEnumerable<(string From, string To)> AllReferences(Assembly assembly, string root)
    {
        using var pe = new PEReader(File.OpenRead(assembly.Location));
        var metadata = pe.GetMetadataReader();
        var found = new HashSet<(string, string)>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            var ns = NamespaceOf(metadata, type);
            if (!ns.StartsWith(root, StringComparison.Ordinal)) continue;
            var from = ns[root.Length..].Split('.')[0];
            foreach (var to in TokenWalker.Namespaces(pe, metadata, type)) found.Add((from, to));
        }
        return found;
    }

    private static string NamespaceOf(MetadataReader metadata, TypeDefinition type)
    {
        while (type.GetDeclaringType() is { IsNil: false } outer) type = metadata.GetTypeDefinition(outer);
        return metadata.GetString(type.Namespace);
    }
}
