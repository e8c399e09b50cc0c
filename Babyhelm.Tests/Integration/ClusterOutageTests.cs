using System.Diagnostics;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>A cluster that goes away in every way it can, and comes back.</summary>
public sealed class ClusterOutageTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task What_is_known_stays_and_is_marked_and_all_catches_up()
    {
        await using var cluster = await ExternalCluster.StartAsync();
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var admin = await ApiUser.RegisterAsync(app);
        var project = await admin.CreateProjectAsync();
        Assert.Null((await admin.PostAsync($"projects/{project}/apps", Specs.Checked("web", "demo/hello:1"))).AssertStatus(202)["notice"]);
        await admin.WaitStateAsync(project, "web", "live", context: () => app.Output);
        var before = (await admin.PostAsync("admin/cluster/refresh", null)).AssertStatus(200);
        Assert.False(before["sandbox"]!.GetValue<bool>());
        Assert.Equal(1, before["nodes"]!["items"]![0]!["pods"]!["requested"]!.GetValue<int>());

        cluster.Link.Cut();
        var watch = Stopwatch.StartNew();
        var away = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is not null, Patience, () => app.Output);
        output.WriteLine($"known to be away after {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.False(away["reachable"]!.GetValue<bool>());
        Assert.Contains("does not answer", away["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("fail", ClusterApiTests.Check(away, "answers")!["status"]!.GetValue<string>());
        foreach (var field in new[] { "version", "checkedAt", "permissions", "apis", "servedApis" })
            Assert.Equal(before[field]!.ToJsonString(), away[field]!.ToJsonString());
        Assert.Equal(before["nodes"]!["items"]!.ToJsonString(), away["nodes"]!["items"]!.ToJsonString());
        // Asking again says so, and is no error.
        Assert.False((await admin.PostAsync("admin/cluster/refresh", null)).AssertStatus(200)["reachable"]!.GetValue<bool>());

        var waiting = (await admin.PutAsync($"projects/{project}/apps/web", Specs.Checked("web", "demo/hello:2"))).AssertStatus(202);
        Assert.Contains("is kept", waiting["notice"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("is kept", (await admin.PostAsync($"projects/{project}/apps", Specs.Checked("late", "demo/hello:1"))).AssertStatus(202)["notice"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach (var name in new[] { "web", "late" })
        {
            var rollout = await Eventually.GetAsync(() => admin.GetAsync($"projects/{project}/apps/{name}/rollout"), a => a.Status == 200 && a["diagnosis"] is not null, Patience);
            Assert.Equal("cluster-unreachable", rollout["diagnosis"]!["code"]!.GetValue<string>());
            Assert.DoesNotContain($":{cluster.Link.Port}", rollout.Text, StringComparison.Ordinal);
        }
        // A log that can't be read is no empty log, and where the cluster is, is the admin's business.
        var unread = (await admin.GetAsync($"projects/{project}/apps/web/logs")).AssertProblem(503, "unavailable");
        Assert.DoesNotContain($":{cluster.Link.Port}", unread.Text, StringComparison.Ordinal);
        Assert.Contains($":{cluster.Link.Port}", away["problem"]!.GetValue<string>(), StringComparison.Ordinal);

        cluster.Link.Restore();
        watch.Restart();
        await Task.WhenAll(
            admin.WaitStateAsync(project, "web", "live", 2, Patience, () => app.Output),
            admin.WaitStateAsync(project, "late", "live", 1, Patience, () => app.Output));
        output.WriteLine($"both deploys live {watch.Elapsed.TotalSeconds:0.0} s after the cluster was back");
        var back = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"),
            a => a.Status == 200 && a["problem"] is null && a["checkedAt"]!.GetValue<DateTimeOffset>() > before["checkedAt"]!.GetValue<DateTimeOffset>(), Patience);
        Assert.True(back["reachable"]!.GetValue<bool>());
        Assert.Null(back["staleSince"]);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_noticed_though_its_connections_stay_open()
    {
        await using var cluster = await ExternalCluster.StartAsync();
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var admin = await ApiUser.RegisterAsync(app);
        var project = await admin.CreateProjectAsync();
        await admin.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        await admin.WaitStateAsync(project, "web", "live", context: () => app.Output);

        cluster.Sandbox.Freeze();
        var watch = Stopwatch.StartNew();
        var silent = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is not null, Patience, () => app.Output);
        output.WriteLine($"known to be silent after {watch.Elapsed.TotalSeconds:0.0} s: {silent["problem"]}");
        var rollout = await Eventually.GetAsync(() => admin.GetAsync($"projects/{project}/apps/web/rollout"), a => a.Status == 200 && a["diagnosis"] is not null, Patience);
        Assert.Equal(("live", "cluster-unreachable"), (rollout["state"]!.GetValue<string>(), rollout["diagnosis"]!["code"]!.GetValue<string>()));

        cluster.Sandbox.Thaw();
        watch.Restart();
        await Eventually.GetAsync(() => admin.GetAsync($"projects/{project}/apps/web/rollout"), a => a.Status == 200 && a["diagnosis"] is null, Patience);
        output.WriteLine($"well again after {watch.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task A_cluster_that_was_never_there_is_called_so()
    {
        await using var cluster = await ExternalCluster.StartAsync();
        cluster.Link.Cut();
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var admin = await ApiUser.RegisterAsync(app);
        var away = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is not null, Patience, () => app.Output);
        Assert.Null(away["version"]);
        Assert.Null(away["checkedAt"]);
        Assert.Empty(away["permissions"]!.AsArray());
        Assert.Contains("could not be checked", app.Output, StringComparison.Ordinal);

        cluster.Link.Restore();
        var there = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["checkedAt"] is not null && a["staleSince"] is null, Patience, () => app.Output);
        Assert.NotNull(there["version"]);
    }

    [Fact]
    public async Task A_refusal_is_not_called_silence()
    {
        await using var cluster = await ExternalCluster.StartAsync(forbidden: ["list events", "watch events"]);
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var admin = await ApiUser.RegisterAsync(app);
        var refused = await Eventually.GetAsync(() => admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["staleSince"] is not null && a["checkedAt"] is not null, Patience, () => app.Output);
        Assert.True(refused["reachable"]!.GetValue<bool>());
        Assert.Contains("events is forbidden", refused["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("The cluster does not let Babyhelm look", ClusterApiTests.Check(refused, "answers")!["title"]!.GetValue<string>());
        Assert.Equal("list events, watch events", ClusterApiTests.Check(refused, "permissions")!["found"]!.GetValue<string>());
    }
}
