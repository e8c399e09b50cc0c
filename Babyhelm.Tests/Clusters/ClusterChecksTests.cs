using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Clusters;

public class ClusterChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PulseStatus Beating = new([new(Now, TimeSpan.FromMilliseconds(3))], Now, null);

    private static readonly ClusterFacts Well = new()
    {
        Version = new ClusterVersion("1", "30", "v1.30.1", "linux/amd64"),
        Apis = Serving(ApiNeed.All.SelectMany(a => a.Types)),
        Permissions = Granted(_ => true),
        PodSecurity = PodSecurityState.On,
        Nodes = new NodesReport(Now, [Node("a", 1)], 0, null),
        CheckedAt = Now,
    };

    [Fact]
    public void All_is_well() => Assert.All(Of(Well), c => Assert.True(c is { Status: CheckStatus.Ok, Meaning: null, Remedy: null }, c.ToString()));

    [Fact]
    public void Nothing_is_claimed_before_the_first_answer() => Assert.All(
        ClusterChecks.Of(ClusterFacts.Unknown, CacheStatus.NotSynced, PulseStatus.None, "x", checksCertificate: true).Where(c => c.Id != "certificate"),
        c => Assert.Equal(CheckStatus.Unknown, c.Status));

    [Theory]
    [InlineData("1", "19", CheckStatus.Fail)]
    [InlineData("1", "20", CheckStatus.Ok)]
    [InlineData("1", "27+", CheckStatus.Ok)]
    [InlineData("2", "0", CheckStatus.Ok)]
    [InlineData("1", "", CheckStatus.Unknown)]
    [InlineData("one", "30", CheckStatus.Unknown)]
    public void Versions(string major, string minor, CheckStatus status) =>
        Assert.Equal(status, Of(Well with { Version = new(major, minor, $"v{major}.{minor}", "") }, "version").Status);

    [Fact]
    public void A_missing_permission_is_named_with_what_it_is_for()
    {
        var required = Of(Well with { Permissions = Granted(p => p.ToString() is not ("create secrets" or "get pods/log")) }, "permissions");
        Assert.Equal((CheckStatus.Fail, "create secrets, get pods/log"), (required.Status, required.Found));
        Assert.Equal("Babyhelm can't pass secret variables to containers; or show logs.", required.Meaning);
        Assert.NotNull(required.Remedy);
        var optional = Of(Well with { Permissions = Granted(p => p.ToString() != "list nodes") }, "permissions");
        Assert.Equal((CheckStatus.Warn, "A permission is missing", "list nodes"), (optional.Status, optional.Title, optional.Found));
        Assert.Equal(CheckStatus.Unknown, Of(Well with { Permissions = Granted(p => p.Verb == "list" ? null : true) }, "permissions").Status);
    }

    [Fact]
    public void A_missing_api_says_what_it_switches_off()
    {
        var without = Well with { Apis = Serving(ApiNeed.All.SelectMany(a => a.Types).Where(t => t != ResourceType.HorizontalPodAutoscalers)) };
        var missing = Assert.Single(Of(without), c => c.Id.StartsWith("api:", StringComparison.Ordinal));
        Assert.Equal(("api:autoscaling/v2/horizontalpodautoscalers", CheckStatus.Warn, "No autoscaling"), (missing.Id, missing.Status, missing.Title));
        Assert.StartsWith("Autoscaling is off", missing.Meaning, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Ok, Of(without, "apis").Status);

        var broken = Serving(ApiNeed.All.SelectMany(a => a.Types).Where(t => t.Group != "apps"));
        var fail = Assert.Single(Of(Well with { Apis = broken }), c => c.Status == CheckStatus.Fail);
        Assert.Equal("api:apps/v1/deployments", fail.Id);

        var silent = Well.Apis! with { Resources = [.. Well.Apis!.Resources.Where(r => r.GroupVersion != "metrics.k8s.io/v1beta1")], Unanswered = new HashSet<string> { "metrics.k8s.io/v1beta1" } };
        Assert.Contains("does not answer", Assert.Single(Of(Well with { Apis = silent }), c => c.Status == CheckStatus.Warn).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes()
    {
        Assert.Equal(CheckStatus.Fail, Of(With(Node("a", 1) with { Ready = false }), "nodes").Status);
        var one = Of(With(Node("a", 1), Node("b", 1) with { Pressures = ["MemoryPressure"] }), "nodes");
        Assert.Equal((CheckStatus.Warn, "2 of 2 ready; b"), (one.Status, one.Found));
        Assert.Equal(CheckStatus.Warn, Of(With(Node("a", 1), Node("b", 1) with { Cordoned = true }), "nodes").Status);
        Assert.Contains("cpu", Of(With(Node("a", 3.9m)), "nodes").Found, StringComparison.Ordinal);
        Assert.Equal("2 pods wait for a node", Of(With(Node("a", 1)) with { Nodes = new NodesReport(Now, [Node("a", 1)], 2, null) }, "nodes").Title);
        // What is not known is neither full nor free.
        Assert.Equal(CheckStatus.Ok, Of(With(Node("a", 1) with { Cpu = new(4, 4, null), Memory = new(4, 4, null), Pods = new(4, 4, null) }), "nodes").Status);
    }

    [Fact]
    public void A_cluster_that_does_not_answer_is_told_from_one_that_refuses()
    {
        var gone = new CacheStatus(true, Now, "The cluster can't be reached.") { Cause = "The cluster at x does not answer: connection refused." };
        var silence = Assert.Single(ClusterChecks.Of(Well, gone, Beating with { Silence = new Unavailable("silent") }, "in-cluster", true), c => c.Status == CheckStatus.Fail);
        Assert.Equal(("answers", "The cluster does not answer"), (silence.Id, silence.Title));
        Assert.Contains("pod's environment", silence.Remedy, StringComparison.Ordinal);
        var refused = Assert.Single(ClusterChecks.Of(Well, gone with { Refused = true }, Beating, "x", true), c => c.Status == CheckStatus.Fail);
        Assert.Equal("The cluster does not let Babyhelm look", refused.Title);
    }

    [Fact]
    public void Slowness_and_an_unchecked_certificate_are_warnings()
    {
        var slow = Beating with { Samples = [new(Now, TimeSpan.FromSeconds(1))] };
        Assert.Equal(["certificate", "latency"], ClusterChecks.Of(Well, CacheStatus.Fresh, slow, "x", checksCertificate: false).Where(c => c.Status == CheckStatus.Warn).Select(c => c.Id));
    }

    private static IReadOnlyList<ClusterCheck> Of(ClusterFacts facts) => ClusterChecks.Of(facts, CacheStatus.Fresh, Beating, "x", checksCertificate: true);

    private static ClusterCheck Of(ClusterFacts facts, string id) => Of(facts).Single(c => c.Id == id);

    private static ClusterFacts With(params NodeState[] nodes) => Well with { Nodes = new NodesReport(Now, nodes, 0, null) };

    private static NodeState Node(string name, decimal cpu) =>
        new(name, true, false, [], null, "v1.30.1", "linux", "amd64", "", new(4, 4, cpu), new(8, 8, 1), new(110, 110, 5));

    private static ClusterApis Serving(IEnumerable<ResourceType> types)
    {
        var served = types.Select(t => new ServedResource(t.ApiVersion, t.Plural, t.Kind, t.Namespaced, ["list"])).ToList();
        return new ClusterApis(served.Select(s => s.GroupVersion).ToHashSet(), served, new HashSet<string>());
    }

    private static List<PermissionCheck> Granted(Func<PermissionCheck, bool?> granted) =>
        [.. Permissions.All.SelectMany(p => p.Verbs, (p, v) => new PermissionCheck(p, v, null, null)).Select(c => c with { Granted = granted(c) })];
}
