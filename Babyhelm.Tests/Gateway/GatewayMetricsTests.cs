using Babyhelm.Core.Monitoring.Metrics;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Gateway;

public class GatewayMetricsTests
{
    [Fact]
    public async Task Requests_are_counted_by_application_release_and_class_and_failed_connections_too()
    {
        await using var gateway = await GatewayHarness.StartAsync();
        using var store = new MetricStore(gateway.Meters, Options.Create(new MetricsOptions()), TimeProvider.System);
        await gateway.AddPodAsync("a", http =>
        {
            http.Response.StatusCode = http.Request.Path == "/missing" ? 404 : 200;
            if (http.Request.Path == "/events") http.Response.ContentType = "text/event-stream";
            return Task.CompletedTask;
        });
        using var client = gateway.Client();
        foreach (var path in new[] { "/", "/", "/missing", "/events" }) (await client.GetAsync(path)).Dispose();
        using var unknown = gateway.Client("nothing-here.apps.localhost");
        (await unknown.GetAsync("/")).Dispose();

        // The visitor has the answer before the server has ended with it.
        await Wait.UntilAsync(() => Sum(store, "babyhelm_gateway_requests_total") == 4 && Sum(store, "babyhelm_gateway_active_requests") == 0);
        var requests = store.Collect().Single(f => f.Name == "babyhelm_gateway_requests_total").Points;
        Assert.Equal([("2xx", 3d), ("4xx", 1d)], requests.Select(p => (p.Label("code"), p.Value)).Order());
        Assert.All(requests, p => Assert.Equal(("bh-shop", "web", "1"), (p.Label("namespace"), p.Label("application"), p.Label("release"))));
        Assert.Equal(3, store.Collect().Single(f => f.Name == "babyhelm_gateway_request_duration_seconds").Points.Single().Count);
        Assert.Equal(1, Sum(store, "babyhelm_gateway_unknown_host_requests_total"));
        // They are not in the figures of Babyhelm's own pages.
        Assert.DoesNotContain(store.Collect(), f => f.Name == "http_server_request_duration_seconds" && f.Points.Sum(p => p.Count) > 1);
    }

    private static double Sum(MetricStore store, string name) => store.Collect().Where(f => f.Name == name).SelectMany(f => f.Points).Sum(p => p.Value);
}
