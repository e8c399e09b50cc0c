using Babyhelm.Core.Applications;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Applications;

/// <summary>What the audit log says of a release.</summary>
public sealed class SpecChangesTests
{
    private static readonly Dictionary<string, string> None = [];
    private static readonly AppSpec Web = new() { Name = "web", Image = "nginx:1" };

    [Fact]
    public void A_new_application_tells_its_image_and_size() => Assert.Equal(
        [new AuditChange("image", null, "nginx:1"), new AuditChange("kind", null, "web"), new AuditChange("replicas", null, "1")],
        SpecChanges.Between(null, Web, None, None).OrderBy(c => c.Field, StringComparer.Ordinal));

    [Fact]
    public void Only_what_differs_is_told() => Assert.Equal(
        [new AuditChange("autoscale", null, """{"min":2,"max":5,"cpu":80}"""), new AuditChange("image", "nginx:1", "nginx:2")],
        SpecChanges.Between(Web, Web with { Image = "nginx:2", Autoscale = new AutoscaleSpec(2, 5) }, None, None).OrderBy(c => c.Field, StringComparer.Ordinal));

    [Fact]
    public void Variables_and_secrets_are_told_by_name_and_arguments_not_at_all()
    {
        var before = Web with { Env = [new("PLAIN", "hush1"), new("GONE", "hush2"), new("KEY", null, true), new("SAME", null, true), new("NOW_SECRET", "hush3")], Args = ["--password=hush4"] };
        var after = Web with { Env = [new("PLAIN", "hush5"), new("KEY", null, true), new("SAME", null, true), new("NOW_SECRET", null, true), new("NEW", null, true)], Args = ["--password=hush6"] };

        var changes = SpecChanges.Between(before, after,
            new Dictionary<string, string> { ["KEY"] = "hush7", ["SAME"] = "hush8" },
            new Dictionary<string, string> { ["KEY"] = "hush9", ["SAME"] = "hush8", ["NOW_SECRET"] = "hush3", ["NEW"] = "hush0" });

        Assert.Equal(
            [
                new AuditChange("args", null, "changed"), new AuditChange("env GONE", "set", null), new AuditChange("env KEY", "set", "changed"), new AuditChange("env NEW", null, "set"),
                new AuditChange("env NOW_SECRET", "set", "changed"), new AuditChange("env PLAIN", "set", "changed"),
            ],
            changes.OrderBy(c => c.Field, StringComparer.Ordinal));
    }

    [Fact]
    public void The_same_again_changes_nothing() =>
        Assert.Empty(SpecChanges.Between(Web, Web with { Env = [] }, None, None));
}
