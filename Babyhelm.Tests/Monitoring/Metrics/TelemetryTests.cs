using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Monitoring.Metrics;

/// <summary>What is sent over OTLP, as a receiver of the test gets it.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Traces_reach_the_receiver_and_hold_no_token_of_an_address()
    {
        var received = new ConcurrentQueue<(string Path, string Body)>();
        await using var receiver = await StartAsync(received);
        await using var app = await BabyhelmProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["OpenTelemetry__Endpoint"] = receiver.Urls.Single(),
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        using var client = app.CreateClient();
        using var hook = await client.PostAsync("/hooks/deploy/bhh_secrettoken", new StringContent("{}", Encoding.UTF8, "application/json"));
        using var visit = new HttpRequestMessage(HttpMethod.Get, "/visitors-only");
        visit.Headers.Host = $"web-shop.apps.localhost:{app.Port}";
        using var page = await client.SendAsync(visit);
        using var login = await client.GetAsync("/account/login?returnUrl=%2Fprivate-target");

        // Protobuf holds its texts as they are.
        string All() => string.Concat(received.Where(r => r.Path == "/v1/traces").Select(r => r.Body));
        await Eventually.GetAsync(() => Task.FromResult(All()), all => all.Contains("/hooks/deploy/{token}", StringComparison.Ordinal) && all.Contains("/account/login", StringComparison.Ordinal), context: () => app.Output);
        app.Terminate();
        await app.WaitForExitAsync(TimeSpan.FromSeconds(120));
        Assert.Contains("babyhelm", All(), StringComparison.Ordinal);
        foreach (var hidden in new[] { "secrettoken", "private-target", "visitors-only" }) Assert.DoesNotContain(hidden, string.Concat(received.Select(r => r.Body)), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(ConcurrentQueue<(string, string)> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.Enqueue((http.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        await app.StartAsync();
        return app;
    }
}
