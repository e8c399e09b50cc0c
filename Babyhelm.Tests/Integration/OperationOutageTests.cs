using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>What is asked of applications while the cluster is away: it waits and is done once the cluster is back, or is refused whole.</summary>
public sealed class OperationOutageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Every_operation_waits_for_the_cluster_or_says_that_it_is_away()
    {
        await using var cluster = await ExternalCluster.StartAsync();
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        var (ns, apps) = ($"bh-{project}", $"projects/{project}/apps");
        string[] running = ["again", "wide", "ends", "begins", "goes"];
        foreach (var name in running) await user.CreateAppAsync(project, Specs.Checked(name, "demo/hello:1"));
        await user.CreateAppAsync(project, new { name = "tick", image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *" });
        foreach (var name in running.Append("tick")) await user.WaitStateAsync(project, name, "live", 1, Patience, () => app.Output);
        var archive = Convert.ToBase64String(await user.Http.GetByteArrayAsync($"/api/v1/projects/{project}/archive"));
        var target = await user.CreateProjectAsync();
        (await user.PostAsync($"{apps}/begins/stop", null)).AssertStatus(202);
        await user.WaitStateAsync(project, "begins", "stopped", 2, Patience, () => app.Output);
        var before = Assert.Single(await PodsAsync("again"));

        cluster.Link.Cut();
        await Eventually.GetAsync(() => user.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is not null, Patience, () => app.Output);
        foreach (var (name, action, body) in new (string, string, object?)[] { ("again", "restart", null), ("wide", "scale", new { replicas = 3 }), ("ends", "stop", null), ("begins", "start", null) })
            Assert.Contains("is kept", Text((await user.PostAsync($"{apps}/{name}/{action}", body)).AssertStatus(202)["notice"]), StringComparison.Ordinal);
        (await user.DeleteAsync($"{apps}/goes")).AssertStatus(202);
        var run = (await user.PostAsync($"{apps}/tick/run", null)).AssertProblem(503, "unavailable");
        Assert.DoesNotContain($":{cluster.Link.Port}", run.Text, StringComparison.Ordinal);
        var import = (await user.PostAsync($"projects/{target}/archive", new { archive, applications = new[] { "wide" } })).AssertStatus(200);
        Assert.Equal(1, import["applications"]!.AsArray().Single(a => Text(a!["source"]) == "wide")!["release"]!.GetValue<int>());
        // Still there while it can't be taken away, and it says so.
        Assert.Equal(200, (await user.GetAsync($"{apps}/goes")).Status);

        cluster.Link.Restore();
        await Eventually.GetAsync(() => PodsAsync("again"), pods => pods.Count == 1 && pods[0] != before, Patience, () => app.Output);
        await Eventually.GetAsync(() => PodsAsync("wide"), pods => pods.Count == 3, Patience, () => app.Output);
        await user.WaitStateAsync(project, "ends", "stopped", 2, Patience, () => app.Output);
        await Eventually.GetAsync(() => PodsAsync("ends"), pods => pods.Count == 0, Patience, () => app.Output);
        await user.WaitStateAsync(project, "begins", "live", 3, Patience, () => app.Output);
        await Eventually.GetAsync(() => user.GetAsync($"{apps}/goes"), a => a.Status == 404, Patience, () => app.Output);
        Assert.True((await cluster.Client.GetAsync(ResourceType.Deployments, ns, "goes")).Error is KubernetesError { IsNotFound: true });
        await user.WaitStateAsync(target, "wide", "live", 1, Patience, () => app.Output);
        Assert.Empty(await RunsAsync());

        // A server that is silent: nobody else has to wait for who waits for it.
        await Eventually.GetAsync(() => user.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is null, Patience, () => app.Output);
        cluster.Sandbox.Freeze();
        var waiting = user.PostAsync($"{apps}/tick/run", null);
        do await LockAsync(app.Connection, project);
        while (await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(250))) != waiting);
        (await waiting).AssertProblem(503, "unavailable");
        cluster.Sandbox.Thaw();
        await Eventually.GetAsync(() => user.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is null, Patience, () => app.Output);
        Assert.Empty(await RunsAsync());
        Assert.Equal("tick-run-1", Text((await user.PostAsync($"{apps}/tick/run", null)).AssertStatus(202)["job"]));

        async Task<List<string>> PodsAsync(string name) =>
            [.. (await cluster.Client.ListAsync<Pod>(ResourceType.Pods, ns, $"{Labels.App}={name}")).Value.Items.Where(p => p.Metadata.DeletionTimestamp is null).Select(p => p.Metadata.Name)];

        async Task<IReadOnlyList<Job>> RunsAsync() => (await cluster.Client.ListAsync<Job>(ResourceType.Jobs, ns, $"{Labels.Run}={Labels.ManualRun}")).Value.Items;
    }

    /// <summary>Takes the application's row as a deploy does, and gives it back; fails where somebody keeps it.</summary>
    private static async Task LockAsync(string connection, string project)
    {
        await using var db = new NpgsqlConnection($"{connection};Pooling=false");
        await db.OpenAsync();
        await using var transaction = await db.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"SET LOCAL lock_timeout = '15s'; SELECT a.id FROM applications a JOIN projects p ON p.id = a.project_id WHERE p.name = '{project}' AND a.name = 'tick' FOR UPDATE OF a", db, transaction);
        await command.ExecuteScalarAsync();
        await transaction.RollbackAsync();
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
