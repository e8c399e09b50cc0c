using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Cluster;

/// <summary>What is asked of an application after its deploy.</summary>
public sealed partial class ProcessConformance
{
    [ClusterFact]
    public async Task What_is_asked_after_a_deploy_is_done_and_undone_by_nothing()
    {
        await One.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        await StateAsync(Two, "web", "live", 1);
        var first = Assert.Single(await PodsAsync());

        (await DoAsync(Two, "scale", new { replicas = 2 })).AssertStatus(202);
        Assert.Contains(first, await Eventually.GetAsync(PodsAsync, pods => pods.Count == 2, BabyhelmStage.Patience));
        (await DoAsync(One, "restart")).AssertStatus(202);
        await Eventually.GetAsync(PodsAsync, pods => pods.Count == 2 && !pods.Contains(first), BabyhelmStage.Patience);
        // Both processes have compared it with the release since.
        var settled = await Eventually.GetAsync(() => Two.GetAsync(Web), a => a.Status == 200 && a["drift"] is null && a["state"]!.GetValue<string>() == "live", BabyhelmStage.Patience);
        Assert.Equal((2, 1), (settled["replicas"]!.GetValue<int>(), settled["release"]!.GetValue<int>()));
        Assert.Equal(2, (await DeploymentAsync()).Spec.Replicas);

        // A rollout that can't end is halted, goes on, and is taken back.
        await One.DeployAsync(_project, "web", Specs.Checked("web", "demo/unready:1"));
        await StateAsync(Two, "web", "rollingOut", 2);
        (await DoAsync(Two, "pause")).AssertStatus(202);
        await Eventually.GetAsync(DeploymentAsync, d => d.Spec.Paused, BabyhelmStage.Patience);
        (await DoAsync(One, "resume")).AssertStatus(202);
        await Eventually.GetAsync(DeploymentAsync, d => !d.Spec.Paused, BabyhelmStage.Patience);
        (await DoAsync(One, "cancel")).AssertStatus(202);
        await StateAsync(Two, "web", "live", 3);
        Assert.Equal(2, (await DeploymentAsync()).Spec.Replicas);

        // Stopped, it stays so over a rollback; started, it has as many replicas as before.
        (await DoAsync(Two, "stop")).AssertStatus(202);
        await StateAsync(One, "web", "stopped", 4);
        await Eventually.GetAsync(PodsAsync, pods => pods.Count == 0, BabyhelmStage.Patience);
        (await DoAsync(One, "rollback", new { release = 1 })).AssertStatus(202);
        await StateAsync(Two, "web", "stopped", 5);
        Assert.Equal(0, (await DeploymentAsync()).Spec.Replicas);
        (await DoAsync(One, "start")).AssertStatus(202);
        await StateAsync(Two, "web", "live", 6);
        await Eventually.GetAsync(PodsAsync, pods => pods.Count == 2, BabyhelmStage.Patience);
        Assert.Equal(["live", "superseded", "superseded", "superseded", "cancelled", "superseded"],
            (await One.GetAsync($"{Web}/releases")).Json.AsArray().Select(r => r!["state"]!.GetValue<string>()));
        output.WriteLine($"{first} ran {(await One.GetAsync($"{Web}/releases/1"))["digest"]}");
    }

    [ClusterFact]
    public async Task A_preview_tells_what_the_cluster_says_and_leaves_no_trace()
    {
        await One.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        await StateAsync(One, "web", "live", 1);
        var before = (await Cluster.GetAsync(ResourceType.Deployments, Ns, "web")).Value;

        // Taking the health check away is what an old cluster refuses of an apply, and takes as a replacement.
        var preview = (await One.PostAsync($"projects/{_project}/apps/preview", new { name = "web", image = "demo/hello:2" })).AssertStatus(200);
        Assert.Empty(preview["refusals"]!.AsArray());
        Assert.Null(preview["unchecked"]);
        Assert.Contains(preview["spec"]!.AsArray(), c => c!["path"]!.GetValue<string>() == "image");
        Assert.Equal("Deployment", Assert.Single(preview["changes"]!.AsArray())!["kind"]!.GetValue<string>());
        var after = (await Cluster.GetAsync(ResourceType.Deployments, Ns, "web")).Value;
        Assert.True(JsonNode.DeepEquals(before["spec"], after["spec"]), after.ToJsonString());

        var big = (await One.PostAsync($"projects/{_project}/apps/preview", new { name = "other", image = "demo/hello:1", volumes = new[] { new { name = "data", mountPath = "/data", size = "500Gi" } } })).AssertStatus(200);
        // Babyhelm's own count, and the cluster's.
        Assert.Equal(["Quota", "PersistentVolumeClaim"], big["refusals"]!.AsArray().Select(r => r!["kind"]!.GetValue<string>()));
        Assert.Contains("400Gi more storage than the 100Gi left", big["refusals"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("exceeded quota", big["refusals"]![1]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [ClusterFact(Since = "1.21", Because = "batch/v1 has cron jobs from 1.21 on.")]
    public async Task A_run_by_hand_ends_as_one_of_the_schedule_does()
    {
        await One.CreateAppAsync(_project, new { name = "task", image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *", command = new[] { "sh", "-c", "echo done" } });
        await StateAsync(One, "task", "live", 1);
        var job = (await One.PostAsync($"projects/{_project}/apps/task/run", null)).AssertStatus(202)["job"]!.GetValue<string>();
        var runs = await Eventually.GetAsync(() => Two.GetAsync($"projects/{_project}/apps/task/runs"),
            a => a.Status == 200 && a.Json.AsArray() is [{ } run] && run["state"]!.GetValue<string>() == "succeeded", BabyhelmStage.Patience);
        Assert.Equal(job, runs.Json[0]!["name"]!.GetValue<string>());
        Assert.Equal("CronJob", (await Cluster.GetAsync(ResourceType.Jobs, Ns, job)).Value["metadata"]!["ownerReferences"]![0]!["kind"]!.GetValue<string>());
    }

    private string Web => $"projects/{_project}/apps/web";

    private Task<Answer> DoAsync(ApiUser user, string action, object? body = null) => user.PostAsync($"{Web}/{action}", body);

    private async Task<Deployment> DeploymentAsync() => (await Cluster.GetAsync<Deployment>(ResourceType.Deployments, Ns, "web")).Value;

    /// <summary>Those that are not ending.</summary>
    private async Task<List<string>> PodsAsync() =>
        [.. (await Cluster.ListAsync<Pod>(ResourceType.Pods, Ns, $"{Labels.App}=web")).Value.Items.Where(p => p.Metadata.DeletionTimestamp is null).Select(p => p.Metadata.Name)];
}
