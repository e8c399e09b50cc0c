using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Cluster.RolloutHarness;

namespace Babyhelm.Tests.Cluster;

/// <summary>What is told beside a rollout that is well: addresses, runs of scheduled applications; and every object that is applied.</summary>
public sealed class WarningConformance(ClusterTarget target) : ClusterCase(target)
{
    private RolloutHarness _harness = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await ApplyAsync(Objects.Namespace(Ns, Managed));
        _harness = new RolloutHarness(Client);
    }

    public override async Task DisposeAsync()
    {
        await _harness.DisposeAsync();
        await base.DisposeAsync();
    }

    [ClusterFact]
    public async Task Every_applied_object_is_in_the_inventory_as_the_server_holds_it()
    {
        var (metadata, selector) = (Metadata("web", 1), """{"matchLabels":{"app":"web"} }""");
        string[] manifests =
        [
            $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{{{metadata}}},"data":{"key":"eA=="} }""",
            $$$"""{"apiVersion":"v1","kind":"Service","metadata":{{{metadata}}},"spec":{"selector":{"app":"web"},"ports":[{"port":80,"protocol":"TCP"}] } }""",
            $$$"""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{{{metadata}}},"spec":{"storageClassName":"none-such","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }""",
            $$$"""{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{{{metadata}}},"spec":{"rules":[{"host":"web.example.com","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"web","port":{"number":80} } } }] } }] } }""",
            $$$"""{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{{metadata}}},"spec":{"podSelector":{{{selector}}} } }""",
        ];
        await ApplyAsync(Deployment(Ns, "web", 1, "demo/hello:1", replicas: 0));
        foreach (var manifest in manifests) await ApplyAsync(Objects.Parse(manifest));
        var key = new AppKey(Ns, "web");
        using var changes = _harness.Cache.Changes();
        string[] kinds = ["Deployment", "Ingress", "NetworkPolicy", "PersistentVolumeClaim", "Secret", "Service"];
        while (!_harness.Cache.Status.Synced || !_harness.Cache.Get(key).Inventory.Select(v => v.Kind).SequenceEqual(kinds)) await changes.TakeAsync(Limit);
        foreach (var seen in _harness.Cache.Get(key).Inventory)
        {
            var type = ResourceType.All.Single(t => t.Kind == seen.Kind);
            var now = (await ReadAsync(type, seen.Name))["metadata"]!;
            Assert.Equal((now["uid"]!.GetValue<string>(), now["generation"]?.GetValue<long>() ?? 0), (seen.Uid, seen.Generation));
        }

        // A change and a deletion behind Babyhelm's back show.
        var before = _harness.Cache.Get(key).Inventory.Single(v => v.Kind == "Secret");
        await Client.PatchAsync(ResourceType.Secrets, Ns, "web", new JsonObject { ["data"] = new JsonObject { ["key"] = "eQ==" } }, cancellation: Limit);
        await Client.DeleteAsync(ResourceType.Services, Ns, "web", cancellation: Limit);
        while (_harness.Cache.Get(key).Inventory is var all && (all.Any(v => v.Kind == "Service") || all.Single(v => v.Kind == "Secret").ResourceVersion == before.ResourceVersion)) await changes.TakeAsync(Limit);
        var unread = _harness.Cache.Unread.Select(u => u.Kind);
        var apis = (await Client.DiscoverAsync(Limit)).Value;
        Assert.Equal(new[] { ResourceType.CronJobs, ResourceType.HorizontalPodAutoscalers }.Where(t => !apis.Serves(t)).Select(t => t.Kind), unread);
    }

    [ClusterFact]
    public async Task An_address_that_its_controller_refuses_is_a_warning_beside_a_live_application()
    {
        await ApplyAsync(Deployment(Ns, "web", 1, "demo/hello:1", container: Checked));
        await ApplyAsync(Objects.Parse($$$"""
            {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{{{Metadata("web", 1)}}},
             "spec":{"ingressClassName":"none-such","rules":[{"host":"web.example.com","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"web","port":{"number":80} } } }] } }] } }
            """));
        var release = _harness.Begin(Ns, "web", 1);
        var live = (await _harness.UntilAsync(Ns, "web", s => s.State.IsFinal(), Limit))[^1];
        Assert.True(live is { State: ReleaseState.Live, Diagnosis: null }, Told(live));
        _harness.Board.Set(release with { State = ReleaseState.Live, FinishedAt = live.FinishedAt });

        var now = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var said = await Client.CreateAsync(Objects.Parse($$$"""
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"web.refused","namespace":"{{{Ns}}}"},"type":"Warning","reason":"Rejected",
             "message":"host web.example.com is taken","count":1,"firstTimestamp":"{{{now}}}","lastTimestamp":"{{{now}}}",
             "involvedObject":{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","namespace":"{{{Ns}}}","name":"web"} }
            """), cancellation: Limit);
        Assert.True(said.Error is null, said.Error?.Message);
        var warned = (await _harness.UntilAsync(Ns, "web", s => s.Diagnosis is not null, Limit))[^1];
        Assert.Equal((ReleaseState.Live, DiagnosisCodes.IngressPending), (warned.State, warned.Diagnosis!.Code));
        Assert.Equal("host web.example.com is taken", warned.Diagnosis.Evidence[0]);

        await Client.PatchAsync(ResourceType.Ingresses, Ns, "web",
            Objects.Parse("""{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}] } } }"""), "status", cancellation: Limit);
        await _harness.UntilAsync(Ns, "web", s => s.Diagnosis is null, Limit);
    }

    [ClusterFact]
    public async Task A_claim_with_an_unknown_storage_class_is_explained_by_its_own_event()
    {
        await ApplyAsync(Objects.Parse($$$"""
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{{{Metadata("web-my-data", 1, "web")}}},
             "spec":{"storageClassName":"none-such","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }
            """));
        await ApplyAsync(Deployment(Ns, "web", 1, "demo/hello:1",
            pod: """ "volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"web-my-data"} }], """, container: """ "volumeMounts":[{"name":"d","mountPath":"/d"}], """));
        _harness.Begin(Ns, "web", 1);
        var state = (await _harness.UntilAsync(Ns, "web", s => s.Diagnosis is { Title: "The storage class does not exist" }, Limit))[^1];
        Assert.Equal((ReleaseState.RollingOut, DiagnosisCodes.VolumePending), (state.State, state.Diagnosis!.Code));
        Assert.Contains(state.Diagnosis.Evidence, e => e.Contains("\"none-such\" not found", StringComparison.Ordinal));
        Assert.Contains("volume web-my-data: Pending (1Gi, class none-such)", state.Diagnosis.Evidence);
    }

    [ClusterFact(Since = "1.21", Because = "CronJobs of batch/v1 came with 1.21.")]
    public async Task A_run_that_fails_is_a_warning_with_its_last_lines()
    {
        await ApplyAsync(Objects.Parse($$$"""
            {"apiVersion":"batch/v1","kind":"CronJob","metadata":{{{Metadata("tidy", 1)}}},"spec":{"schedule":"0 0 1 1 *","jobTemplate":{{{Job("demo/crash:1")}}} } }
            """));
        var release = _harness.Begin(Ns, "tidy", 1, cron: true);
        var live = (await _harness.UntilAsync(Ns, "tidy", s => s.State.IsFinal(), Limit))[^1];
        Assert.True(live is { State: ReleaseState.Live, Diagnosis: null }, Told(live));
        _harness.Board.Set(release with { State = ReleaseState.Live, FinishedAt = live.FinishedAt });

        await RunAsync("tidy-28000001", "demo/crash:1");
        var failed = (await _harness.UntilAsync(Ns, "tidy", s => s.Diagnosis?.Evidence.Any(e => e.StartsWith("log: ", StringComparison.Ordinal)) == true, Limit))[^1];
        Assert.Equal((ReleaseState.Live, "live, but the last run failed", DiagnosisCodes.CrashLoop), (failed.State, failed.Step, failed.Diagnosis!.Code));
        Assert.Equal("The last run failed with exit code 3", failed.Diagnosis.Title);
        Assert.Contains("log: boom: DATABASE_URL is not set", failed.Diagnosis.Evidence);
    }

    /// <summary>A run as the schedule would make it.</summary>
    private async Task RunAsync(string name, string image)
    {
        var run = Objects.Parse(Job(image));
        var metadata = Objects.Parse(Metadata(name, 1, "tidy"));
        run["apiVersion"] = "batch/v1";
        run["kind"] = "Job";
        run["metadata"] = metadata;
        await ApplyAsync(run);
    }

    private string Job(string image) => $$$"""
        {"metadata":{"labels":{{{Tags("tidy", 1)}}}},"spec":{"backoffLimit":0,"template":{"metadata":{"labels":{{{Tags("tidy", 1)}}}},
          "spec":{"restartPolicy":"Never","containers":[{"name":"tidy","image":"{{{image}}}"}] } } } }
        """;

    private string Metadata(string name, int release, string? app = null) =>
        $$$"""{"name":"{{{name}}}","namespace":"{{{Ns}}}","labels":{{{Tags(app ?? name, release)}}}}""";

    private static string Tags(string app, int release) =>
        $$$"""{"app":"{{{app}}}","{{{Labels.ManagedBy}}}":"{{{Labels.ManagedByValue}}}","{{{Labels.App}}}":"{{{app}}}","{{{Labels.Release}}}":"{{{release}}}"}""";
}
