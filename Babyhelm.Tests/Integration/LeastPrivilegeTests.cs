using System.Text.Json.Nodes;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Tests.Integration;

/// <summary>The permissions that are documented are all that Babyhelm uses.</summary>
public sealed class LeastPrivilegeTests
{
    private static readonly string[] Verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

    [Fact]
    public async Task With_nothing_but_the_documented_permissions_everything_works()
    {
        var granted = Permissions.All.SelectMany(p => p.Verbs.Select(v => $"{v} {p.FullName}")).ToHashSet();
        var all = ApiResource.Served.SelectMany(r => new[] { "", "/status", "/scale", "/log", "/exec", "/finalize" }.SelectMany(s => Verbs.Select(v => $"{v} {r.QualifiedPlural}{s}"))).ToList();
        Assert.Empty(granted.Except(all));
        await using var cluster = await ExternalCluster.StartAsync(forbidden: all.Where(p => !granted.Contains(p)));
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();

        await user.CreateAppAsync(project, new
        {
            name = "web",
            image = "demo/hello:1",
            health = new { path = "/" },
            env = new[] { new { name = "KEY", value = "x", secret = true } },
            volumes = new[] { new { name = "data", mountPath = "/data", size = "1Gi" } },
        });
        await user.CreateAppAsync(project, new { name = "scaled", image = "demo/hello:1", health = new { path = "/" }, autoscale = new { min = 1, max = 3, cpu = 70 } });
        await user.CreateAppAsync(project, new { name = "open", image = "demo/hello:1", health = new { path = "/" }, expose = new { type = "ingress", host = "open.example.com" } });
        await user.CreateAppAsync(project, new { name = "nightly", kind = "cron", image = "demo/hello:1", schedule = "0 3 * * *" });
        await user.CreateAppAsync(project, new { name = "broken", image = "demo/crash:1" });
        foreach (var name in new[] { "web", "scaled", "open", "nightly" }) await user.WaitStateAsync(project, name, "live", within: TimeSpan.FromSeconds(180), context: () => app.Output);
        await user.WaitStateAsync(project, "broken", "failed", within: TimeSpan.FromSeconds(180), context: () => app.Output);
        Assert.Contains("listening", (await user.GetAsync($"projects/{project}/apps/web/logs")).AssertStatus(200).Text, StringComparison.Ordinal);
        Assert.Contains("listening", await user.FollowedLineAsync(project, "web"), StringComparison.Ordinal);

        // Somebody changes the deployment, and Babyhelm puts it right; when asked, so that the change is seen before.
        (await user.SendAsync(HttpMethod.Patch, $"projects/{project}/apps/web/settings", """{"selfHeal":false}""")).AssertStatus(204);
        var ns = (await user.GetAsync($"projects/{project}"))["namespace"]!.GetValue<string>();
        Assert.Null((await cluster.Client.PatchAsync(ResourceType.Deployments, ns, "web", JsonNode.Parse("""{"spec":{"paused":true}}""")!.AsObject())).Error);
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/apps/web"), a => a.Status == 200 && a["drift"] is not null, TimeSpan.FromSeconds(180), () => app.Output);
        (await user.PostAsync($"projects/{project}/apps/web/repair", null)).AssertStatus(202);
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/apps/web"), a => a.Status == 200 && a["drift"] is null, TimeSpan.FromSeconds(180), () => app.Output);

        // What a release no longer has is taken away, and in the end everything is.
        await user.DeployAsync(project, "web", Specs.Checked("web", "demo/hello:2"));
        await user.WaitStateAsync(project, "web", "live", 2, TimeSpan.FromSeconds(180), () => app.Output);
        foreach (var name in new[] { "web", "scaled", "open", "nightly", "broken" }) (await user.DeleteAsync($"projects/{project}/apps/{name}")).AssertStatus(202);
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/apps"), a => a.Status == 200 && a.Json.AsArray().Count == 0, TimeSpan.FromSeconds(180), () => app.Output);
        (await user.DeleteAsync($"projects/{project}")).AssertStatus(202);
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}"), a => a.Status == 404, TimeSpan.FromSeconds(180), () => app.Output);

        var seen = (await user.PostAsync("admin/cluster/refresh", null)).AssertStatus(200);
        Assert.All(seen["permissions"]!.AsArray(), p => Assert.True(p!["granted"]!.GetValue<bool>()));
        Assert.Empty(cluster.Sandbox.Refused);
    }
}
