using Babyhelm.Core.Applications;

namespace Babyhelm.Tests.Integration;

/// <summary>Deploys from a view of the application that is no longer right.</summary>
[Collection(StreamCollection.Name)]
public sealed class ExpectedReleaseTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _path = "";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        var project = await _user.CreateProjectAsync();
        await _user.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        _path = $"projects/{project}/apps/web";
    }

    public Task DisposeAsync()
    {
        _user.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Of_several_deploys_from_one_view_the_first_is_done_and_the_others_are_told_by_whom()
    {
        var answers = await Task.WhenAll(Enumerable.Range(2, 4).Select(n => _user.PutAsync($"{_path}?expectedRelease=1", Specs.Checked("web", $"demo/hello:{n}"))));
        var done = Assert.Single(answers, a => a.Status == 202);
        Assert.Equal(2, done["release"]!.GetValue<int>());
        Assert.All(answers.Where(a => a != done), a => Assert.Contains(_user.Email, a.AssertProblem(409, ChangedMeanwhile.CodeOf)["detail"]!.GetValue<string>(), StringComparison.Ordinal));
        Assert.Equal(2, (await _user.GetAsync($"{_path}/releases")).Json.AsArray().Count);

        // Whoever has seen it goes on from there; whoever says nothing replaces what is there.
        (await _user.PutAsync($"{_path}?expectedRelease=2", Specs.Checked("web", "demo/hello:6"))).AssertStatus(202);
        (await _user.PutAsync(_path, Specs.Checked("web", "demo/hello:7"))).AssertStatus(202);
        Assert.Equal(4, (await _user.GetAsync(_path))["release"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_rollback_from_an_old_view_is_told_too()
    {
        await _user.PutAsync(_path, Specs.Checked("web", "demo/hello:2"));
        (await _user.PostAsync($"{_path}/rollback?expectedRelease=1", new { release = 1 })).AssertProblem(409, ChangedMeanwhile.CodeOf);
        Assert.Equal(3, (await _user.PostAsync($"{_path}/rollback?expectedRelease=2", new { release = 1 })).AssertStatus(202)["release"]!.GetValue<int>());
    }

    /// <summary>Who cancels a deploy means the one that they saw.</summary>
    [Fact]
    public async Task A_newer_deploy_is_not_cancelled_in_the_place_of_the_one_that_was_seen()
    {
        await _user.PutAsync(_path, Specs.Checked("web", "demo/unready:1"));
        await _user.PutAsync(_path, Specs.Checked("web", "demo/unready:2"));
        (await _user.PostAsync($"{_path}/cancel?expectedRelease=2", null)).AssertProblem(409, ChangedMeanwhile.CodeOf);
        Assert.DoesNotContain("cancelled", (await _user.GetAsync($"{_path}/releases")).AssertStatus(200).Text, StringComparison.Ordinal);
        (await _user.PostAsync($"{_path}/cancel?expectedRelease=3", null)).AssertStatus(202);
        Assert.Equal("cancelled", (await _user.GetAsync($"{_path}/releases/3")).AssertStatus(200)["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_number_that_is_none_is_refused() =>
        (await _user.PutAsync($"{_path}?expectedRelease=last", Specs.Checked("web", "demo/hello:2"))).AssertProblem(400, "invalid-body");
}
