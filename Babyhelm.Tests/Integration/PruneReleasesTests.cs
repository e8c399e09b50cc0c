namespace Babyhelm.Tests.Integration;

/// <summary>Old releases go as the platform's settings say.</summary>
[Collection(StreamCollection.Name)]
public sealed class PruneReleasesTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task Old_releases_go_and_what_a_rollback_needs_stays()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = await user.CreateProjectAsync();
        var path = $"projects/{project}/apps/web";
        await user.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        await user.WaitStateAsync(project, "web", "live", release: 1);
        await user.DeployAsync(project, "web", Specs.Checked("web", "demo/hello:2"));
        await user.WaitStateAsync(project, "web", "live", release: 2);
        (await user.PatchAsync($"{path}/settings", new { autoRollback = false })).AssertStatus(204);
        for (var n = 3; n <= 5; n++)
        {
            await user.DeployAsync(project, "web", Specs.Checked("web", "demo/missing:1"));
            await user.WaitReleaseAsync(project, "web", n, "failed");
        }
        Assert.Equal(5, (await user.GetAsync($"{path}/releases")).Json.AsArray().Count);
        (await shared.Admin.PutAsync("admin/settings", new { keepReleases = 1 })).AssertProblem(400, "invalid");
        Assert.Equal(50, (await shared.Admin.GetAsync("admin/settings"))["keepReleases"]!.GetValue<int>());
        await OlderAsync(project);
        await user.DeployAsync(project, "web", Specs.Checked("web", "demo/hello:3"));
        await user.WaitStateAsync(project, "web", "live", release: 6);
        try
        {
            (await shared.Admin.PutAsync("admin/settings", new { keepReleases = 2 })).AssertStatus(204);
            // Of the six: the newest two, and the one that was live before.
            var left = await Eventually.GetAsync(() => user.GetAsync($"{path}/releases"), a => a.Status == 200 && a.Json.AsArray().Count == 3);
            Assert.Equal([6, 5, 2], left.Json.AsArray().Select(r => r!["release"]!.GetValue<int>()));
        }
        finally
        {
            (await shared.Admin.PutAsync("admin/settings", new { keepReleases = 50 })).AssertStatus(204);
        }
        (await user.PostAsync($"{path}/rollback", new { release = 1 })).AssertProblem(404, "not-found");
        (await user.PostAsync($"{path}/rollback", new { release = 2 })).AssertStatus(202);
        await user.WaitStateAsync(project, "web", "live", release: 7);
    }

    private Task OlderAsync(string project) => TestDatabase.ScalarAsync<long>(shared.App.Connection, $"""
        WITH moved AS (
            UPDATE releases r SET created_at = r.created_at - interval '31 days' FROM applications a JOIN projects p ON p.id = a.project_id
            WHERE r.application_id = a.id AND p.name = '{project}' RETURNING 1)
        SELECT count(*) FROM moved
        """);
}
