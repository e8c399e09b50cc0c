using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Cluster;

/// <summary>Updates while people come.</summary>
public sealed partial class ProcessConformance
{
    [ClusterFact]
    public async Task Updates_under_load_lose_no_request()
    {
        var updates = ConformanceTarget.Kind == TargetKind.RealCluster ? 20 : 3;
        await LiveAsync(new { name = "web", image = "demo/hello:1", replicas = 2, health = new { path = "/" } });
        // Through the gateways of both processes, two visitors each.
        using var visitor = stage.Apps[0].CreateClient();
        var urls = stage.Apps.Select(a => $"http://web-{_project}.apps.localhost:{a.Port}/").ToList();
        foreach (var url in urls) await Eventually.GetAsync(async () => await Answer.OfAsync(await visitor.GetAsync(url)), a => a.Status == 200, context: () => stage.Outputs);
        var visits = urls.Concat(urls).Select(url => new Visits(visitor, url)).ToList();
        for (var i = 1; i <= updates; i++)
        {
            await stage.Users[i % 2].DeployAsync(_project, "web", new { name = "web", image = $"demo/hello:{1 + i % 3}", replicas = 2, health = new { path = "/" } });
            await StateAsync(stage.Users[(i + 1) % 2], "web", "live", i + 1);
            foreach (var visit in visits) await visit.AnswersAsync("", 20 * i);
        }
        foreach (var visit in visits) Assert.Empty(await visit.EndAsync());
        output.WriteLine($"{updates} updates, {visits.Sum(v => v.Answers)} answers, none failed");
    }
}
