using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Clusters;

public class RbacManifestTests
{
    private static readonly string Document = Path.Combine(RepositoryRoot.Path, "docs", "rbac.yaml");

    /// <summary>With <c>BABYHELM_WRITE_DOCS=1</c> it writes the file instead.</summary>
    [Fact]
    public void The_document_is_what_the_table_says()
    {
        if (Environment.GetEnvironmentVariable("BABYHELM_WRITE_DOCS") == "1") File.WriteAllText(Document, RbacManifest.Account);
        Assert.Equal(RbacManifest.Account, File.ReadAllText(Document));
    }

    [Fact]
    public void It_is_one_namespace_account_role_and_binding_with_a_rule_for_each_permission()
    {
        var documents = Yaml.Parse(RbacManifest.Account).Value;
        Assert.Equal(["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"], documents.Select(d => d!["kind"]!.GetValue<string>()));
        var rules = documents[2]!["rules"]!.AsArray();
        var granted = rules.SelectMany(r => r!["verbs"]!.AsArray().Select(v => $"{v} {r["resources"]![0]} {r["apiGroups"]![0]}"));
        Assert.Equal(Permissions.All.SelectMany(p => p.Verbs.Select(v => $"{v} {p.Resource} {p.Type.Group}")), granted);
    }

    [Fact]
    public void No_permission_stands_twice()
    {
        var all = Permissions.All.SelectMany(p => p.Verbs.Select(v => $"{v} {p.FullName}")).ToList();
        Assert.Equal(all.Distinct().Count(), all.Count);
    }
}
