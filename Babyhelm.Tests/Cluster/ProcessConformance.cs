using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Integration;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>Babyhelm itself on the cluster, twice at once: what is asked of one process is seen and done by both, once.</summary>
public sealed partial class ProcessConformance(BabyhelmStage stage, ITestOutputHelper output) : IClassFixture<BabyhelmStage>, IAsyncLifetime
{
    private string _project = "";

    private ApiUser One => stage.Users[0];
    private ApiUser Two => stage.Users[1];
    private KubernetesClient Cluster => stage.Target.Client;
    private string Ns => $"bh-{_project}";

    public async Task InitializeAsync() => _project = await stage.NewProjectAsync();

    /// <summary>By Babyhelm itself, which would put back a namespace that somebody else deletes.</summary>
    public async Task DisposeAsync() => Assert.Contains((await One.DeleteAsync($"projects/{_project}")).Status, new[] { 202, 404 });

    [ClusterFact]
    public async Task Deploys_from_both_end_once_and_lost_connections_to_the_database_come_back()
    {
        var names = Enumerable.Range(0, 6).Select(i => $"app{i}").ToList();
        await Task.WhenAll(names.Select((name, i) => stage.Users[i % 2].CreateAppAsync(_project, Specs.Checked(name, "demo/hello:1"))));
        await Task.WhenAll(names.Select((name, i) => StateAsync(stage.Users[(i + 1) % 2], name, "live", 1)));
        await Task.WhenAll(names.Select((name, i) => stage.Users[(i + 1) % 2].DeployAsync(_project, name, Specs.Checked(name, "demo/hello:2"))));
        await Task.WhenAll(names.Select((name, i) => StateAsync(stage.Users[i % 2], name, "live", 2)));
        foreach (var name in names) await BabyhelmStage.AssertDoneOnceAsync(stage.Target, stage.Apps[0].Connection, One, _project, name, 2, 1);

        // The sweep may end a release too, without a line.
        var ends = stage.Apps.SelectMany(a => Ended().Matches(a.Output).Where(m => m.Groups[1].Value.StartsWith($"{Ns}/", StringComparison.Ordinal)).Select(m => m.Groups[1].Value)).ToList();
        Assert.Equal(ends.Distinct().Order(), ends.Order());
        output.WriteLine(string.Join("; ", stage.Apps.Select(a => $"{Ended().Count(a.Output)} ends written by {a.Id}")));

        // Every connection is cut, of LISTEN too; what the first process does afterwards is seen by the second.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await TestDatabase.ScalarAsync<long>(stage.Apps[0].Connection,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            await Task.WhenAll(stage.Users.Select(u => Eventually.GetAsync(() => u.GetAsync("projects"), a => a.Status == 200, TimeSpan.FromSeconds(60), () => stage.Outputs)));
        }
        await One.DeployAsync(_project, "app0", Specs.Checked("app0", "demo/hello:3"));
        await StateAsync(Two, "app0", "live", 3);
        await One.CreateAppAsync(_project, Specs.Checked("late", "demo/hello:1"));
        await StateAsync(Two, "late", "live", 1);
        using var visitor = stage.Apps[1].CreateClient();
        await Eventually.GetAsync(
            async () => await Answer.OfAsync(await visitor.GetAsync($"http://late-{_project}.apps.localhost:{stage.Apps[1].Port}/")), a => a.Status == 200, context: () => stage.Outputs);
    }

    [ClusterFact]
    public async Task What_a_release_no_longer_has_is_pruned_once_it_is_live()
    {
        await One.CreateAppAsync(_project, new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "KEY", value = "x", secret = true } } });
        await StateAsync(Two, "web", "live", 1);
        Assert.NotEmpty(await NamesAsync(ResourceType.Secrets));
        Assert.NotEmpty(await NamesAsync(ResourceType.Services));
        await Two.DeployAsync(_project, "web", new { name = "web", kind = "worker", image = "demo/hello:2" });
        await StateAsync(One, "web", "live", 2);
        await Eventually.GetAsync(async () => (await NamesAsync(ResourceType.Secrets)).Concat(await NamesAsync(ResourceType.Services)).ToList(), left => left.Count == 0, BabyhelmStage.Patience);
        Assert.Equal(["web"], await NamesAsync(ResourceType.Deployments));
    }

    [ClusterFact]
    public async Task A_failed_update_is_rolled_back_once_and_its_evidence_stays()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        await Two.DeployAsync(_project, "web", Specs.Checked("web", "demo/crash:1"));
        await StateAsync(One, "web", "live", 3);
        await BabyhelmStage.AssertDoneOnceAsync(stage.Target, stage.Apps[0].Connection, Two, _project, "web", 3, 1);
        var failed = await Two.GetAsync($"projects/{_project}/apps/web/releases/2");
        Assert.Equal(("failed", "crash-loop"), (failed["state"]!.GetValue<string>(), failed["diagnosis"]!["code"]!.GetValue<string>()));
        Assert.Contains("boom: DATABASE_URL is not set", failed["evidence"]!["logs"]!.AsArray().SelectMany(l => l!["lines"]!.AsArray()).Select(l => l!.GetValue<string>()));
        Assert.Equal(1, (await One.GetAsync($"projects/{_project}/apps/web/releases/3"))["rollbackOf"]!.GetValue<int>());
    }

    [ClusterFact]
    public async Task A_rollback_by_hand_is_a_release_of_its_own()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        await One.DeployAsync(_project, "web", Specs.Checked("web", "demo/hello:2"));
        await StateAsync(Two, "web", "live", 2);
        (await Two.PostAsync($"projects/{_project}/apps/web/rollback", new { release = 1 })).AssertStatus(202);
        await StateAsync(One, "web", "live", 3);
        await BabyhelmStage.AssertDoneOnceAsync(stage.Target, stage.Apps[0].Connection, One, _project, "web", 3, 1);
        var deployment = (await Cluster.GetAsync<Deployment>(ResourceType.Deployments, Ns, "web")).Value;
        // By its digest too, where the runtime told it.
        Assert.Matches("^demo/hello:1(@sha256:[0-9a-f]{64})?$", Assert.Single(deployment.Spec.Template.Spec.Containers!).Image!);
    }

    [ClusterFact]
    public async Task What_somebody_deletes_or_changes_behind_its_back_is_put_right()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        var before = (await Cluster.GetAsync(ResourceType.Services, Ns, "web")).Value;
        Assert.True((await Cluster.DeleteAsync(ResourceType.Services, Ns, "web")).Value.Found);
        await Eventually.GetAsync(() => Cluster.GetAsync(ResourceType.Services, Ns, "web"), s => s.Error is null, BabyhelmStage.Patience, () => stage.Outputs);
        var after = (await Cluster.GetAsync(ResourceType.Services, Ns, "web")).Value;
        Assert.NotEqual(before["metadata"]!["uid"]!.ToString(), after["metadata"]!["uid"]!.ToString());

        await ChangeAsync(c => c["image"] = "demo/hello:3", c => c["image"]!.GetValue<string>() == "demo/hello:1");
        // Another kind of health check beside Babyhelm's: no apply takes it away.
        await ChangeAsync(
            c => c["readinessProbe"] = Objects.Parse("""{"tcpSocket":{"port":8080},"periodSeconds":5}"""),
            c => c["readinessProbe"]!["httpGet"] is not null && c["readinessProbe"]!["tcpSocket"] is null);
        await Eventually.GetAsync(() => Two.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"] is null && a["state"]!.GetValue<string>() == "live", BabyhelmStage.Patience);
    }

    /// <summary>Changes the deployment's container and waits until it has been put right.</summary>
    private async Task ChangeAsync(Action<JsonNode> change, Predicate<JsonNode> right)
    {
        var patch = Objects.Parse("""{"spec":{"template":{"metadata":{"annotations":{"changed":"by hand"} },"spec":{"containers":[] } } } }""");
        var container = (await ContainerAsync()).DeepClone();
        change(container);
        patch["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Add(container);
        Assert.Null((await Cluster.PatchAsync(ResourceType.Deployments, Ns, "web", patch)).Error);
        await Eventually.GetAsync(ContainerAsync, c => right(c), BabyhelmStage.Patience, () => stage.Outputs);
    }

    private async Task<JsonNode> ContainerAsync() =>
        (await Cluster.GetAsync(ResourceType.Deployments, Ns, "web")).Value["spec"]!["template"]!["spec"]!["containers"]![0]!;

    [ClusterFact]
    public async Task An_application_that_asks_for_autoscaling_goes_live_with_it_or_a_warning()
    {
        await LiveAsync(new { name = "web", image = "demo/hello:1", health = new { path = "/" }, autoscale = new { min = 1, max = 2, cpu = 80 } });
        var served = (await Cluster.DiscoverAsync()).Value.Serves(ResourceType.HorizontalPodAutoscalers);
        var warnings = (await Two.GetAsync($"projects/{_project}/apps/web/releases/1"))["warnings"]!.AsArray().Select(w => w!.GetValue<string>()).ToList();
        Assert.Equal(served, !warnings.Any(w => w.Contains("utoscal", StringComparison.Ordinal)));
        if (served) Assert.Equal(["web"], await NamesAsync(ResourceType.HorizontalPodAutoscalers));
    }

    [ClusterFact]
    public async Task A_cron_application_goes_live_or_is_refused_at_once_with_the_reason()
    {
        var spec = new { name = "tidy", kind = "cron", image = "demo/hello:1", schedule = "0 3 * * *" };
        // Until the cluster was asked what it serves, everything is taken for served.
        await Eventually.GetAsync(() => Two.GetAsync("admin/cluster"), a => a.Status == 200 && a["checkedAt"] is not null, BabyhelmStage.Patience, () => stage.Outputs);
        if ((await Cluster.DiscoverAsync()).Value.Serves(ResourceType.CronJobs))
        {
            await Two.CreateAppAsync(_project, spec);
            await StateAsync(One, "tidy", "live", 1);
            Assert.Equal(["tidy"], await NamesAsync(ResourceType.CronJobs));
            return;
        }
        var refused = (await Two.PostAsync($"projects/{_project}/apps", spec)).AssertProblem(400, "invalid");
        Assert.Equal(["kind"], refused.Fields);
        Assert.Contains("does not serve batch/v1 CronJob", refused["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Kubernetes 1.21 or newer", refused["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        (await One.GetAsync($"projects/{_project}/apps/tidy")).AssertProblem(404, "not-found");
    }

    [ClusterFact]
    public async Task Deleting_an_application_and_then_the_project_leaves_nothing()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        (await Two.DeleteAsync($"projects/{_project}/apps/web")).AssertStatus(202);
        await Eventually.GetAsync(() => One.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 404, BabyhelmStage.Patience);
        foreach (var type in new[] { ResourceType.Deployments, ResourceType.ReplicaSets, ResourceType.Pods, ResourceType.Services })
            await Eventually.GetAsync(() => NamesAsync(type), left => left.Count == 0, BabyhelmStage.Patience);
        (await One.DeleteAsync($"projects/{_project}")).AssertStatus(202);
        await Eventually.GetAsync(() => Two.GetAsync($"projects/{_project}"), a => a.Status == 404, BabyhelmStage.Patience);
        Assert.True((await Cluster.GetAsync(ResourceType.Namespaces, null, Ns)).Error is KubernetesError { IsNotFound: true });
    }

    private async Task LiveAsync(object spec)
    {
        await One.CreateAppAsync(_project, spec);
        await StateAsync(Two, "web", "live", 1);
    }

    private Task<JsonNode> StateAsync(ApiUser user, string app, string state, int release) =>
        user.WaitStateAsync(_project, app, state, release, BabyhelmStage.Patience, () => stage.Outputs);

    private async Task<IReadOnlyList<string>> NamesAsync(ResourceType type) =>
        [.. (await Cluster.ListAsync<JsonObject>(type, Ns, $"{Labels.App}")).Value.Items.Select(o => o["metadata"]!["name"]!.GetValue<string>())];

    [GeneratedRegex(@"(\S+ release \d+) is Live")]
    private static partial Regex Ended();
}
