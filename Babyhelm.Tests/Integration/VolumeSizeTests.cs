namespace Babyhelm.Tests.Integration;

/// <summary>A volume never becomes smaller: who asks is told at the field, and the way back keeps what it has become.</summary>
[Collection(StreamCollection.Name)]
public sealed class VolumeSizeTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task A_smaller_size_is_refused_and_a_rollback_keeps_the_larger_one()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, Spec("2Gi"));
        await user.WaitStateAsync(project, "web", "live", release: 1);

        // Known once Babyhelm has heard of the claim.
        var refused = await Eventually.GetAsync(() => user.PostAsync($"projects/{project}/apps/preview", Spec("1Gi")), a => a.Status == 400);
        Assert.Equal(["volumes[0].size"], refused.AssertProblem(400, "invalid").Fields);
        Assert.Equal(["volumes[0].size"], (await user.PutAsync($"projects/{project}/apps/web", Spec("1Gi"))).AssertProblem(400, "invalid").Fields);
        (await user.PostAsync($"projects/{project}/apps/preview", Spec("2048Mi"))).AssertStatus(200);

        await user.DeployAsync(project, "web", Spec("3Gi"));
        await user.WaitStateAsync(project, "web", "live", release: 2);
        await Eventually.GetAsync(() => user.PostAsync($"projects/{project}/apps/preview", Spec("2Gi")), a => a.Status == 400);
        (await user.PostAsync($"projects/{project}/apps/web/rollback", new { release = 1 })).AssertStatus(202);
        await user.WaitStateAsync(project, "web", "live", release: 3);
        Assert.Contains("3Gi", (await user.GetAsync($"projects/{project}/apps/web")).AssertStatus(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deploy_that_fails_after_a_volume_grew_goes_back_with_the_larger_size()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, Spec("2Gi"));
        await user.WaitStateAsync(project, "web", "live", release: 1);
        await user.DeployAsync(project, "web", Spec("3Gi", "demo/missing:1"));
        await user.WaitStateAsync(project, "web", "live", release: 3);
        var back = (await user.GetAsync($"projects/{project}/apps/web/releases/3")).AssertStatus(200);
        Assert.Equal((1, true), (back["rollbackOf"]!.GetValue<int>(), back["automatic"]!.GetValue<bool>()));
        var claim = (await shared.Cluster.GetAsync(Babyhelm.Core.Kubernetes.ResourceType.PersistentVolumeClaims, $"bh-{project}", "web--data")).Value;
        Assert.Equal("3Gi", claim["spec"]!["resources"]!["requests"]!["storage"]!.GetValue<string>());
        Assert.Equal(["volumes[0].size"], (await Eventually.GetAsync(() => user.PutAsync($"projects/{project}/apps/web", Spec("2Gi")), a => a.Status == 400)).AssertProblem(400, "invalid").Fields);
    }

    private static object Spec(string size, string image = "demo/hello:1") => new { name = "web", image, health = new { path = "/" }, volumes = new[] { new { name = "data", mountPath = "/data", size } } };
}
