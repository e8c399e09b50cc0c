using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Integration;

/// <summary>Runs that several people start at the same moment.</summary>
[Collection(StreamCollection.Name)]
public sealed class RunRaceTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task Of_runs_started_at_once_one_is_made_or_all_as_the_schedule_allows()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = await user.CreateProjectAsync();
        var (ns, path) = ($"bh-{project}", $"projects/{project}/apps/tick");
        // An image that is never there: a run of it goes on for as long as the test looks.
        await user.CreateAppAsync(project, new { name = "tick", image = "demo/missing:1", kind = "cron", schedule = "0 0 1 1 *" });
        await user.WaitStateAsync(project, "tick", "live", release: 1);

        var answers = await StartAsync(8);
        var started = Assert.Single(answers, a => a.Status == 202);
        Assert.Equal("tick-run-1", Text(started["job"]));
        Assert.All(answers.Where(a => a != started), a => a.AssertProblem(409, "run-underway"));
        Assert.Equal(["tick-run-1"], await JobsAsync());
        (await user.PostAsync($"{path}/run", null)).AssertProblem(409, "run-underway");

        // Somebody lets runs go on beside each other.
        (await user.PatchAsync($"{path}/settings", new { selfHeal = false })).AssertStatus(204);
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.CronJobs, ns, "tick", (JsonObject)JsonNode.Parse("""{"spec":{"concurrencyPolicy":"Allow"}}""")!)).Error);
        var beside = await StartAsync(4);
        Assert.Equal(["tick-run-2", "tick-run-3", "tick-run-4", "tick-run-5"], beside.Select(a => Text(a.AssertStatus(202)["job"])).Order());
        Assert.Equal(["tick-run-1", "tick-run-2", "tick-run-3", "tick-run-4", "tick-run-5"], await JobsAsync());

        Task<Answer[]> StartAsync(int many) => Task.WhenAll(Enumerable.Range(0, many).Select(_ => user.PostAsync($"{path}/run", null)));

        async Task<IEnumerable<string>> JobsAsync() =>
            (await shared.Cluster.ListAsync<Job>(ResourceType.Jobs, ns, $"{Labels.Run}={Labels.ManualRun}")).Value.Items.Select(j => j.Metadata.Name).Order();
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
