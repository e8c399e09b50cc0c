using System.Net;
using System.Net.WebSockets;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Grafana;

/// <summary>WebSockets, as Grafana Live has them.</summary>
[Collection(PageCollection.Name)]
public sealed class GrafanaSocketTests(WatchfulBabyhelm shared) : IAsyncLifetime
{
    private GrafanaVisit _visit = null!;

    public async Task InitializeAsync() => _visit = await shared.VisitGrafanaAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_WebSocket_passes_both_ways_from_own_pages_and_ends_with_the_session()
    {
        const string Live = "/grafana/api/live/ws";
        foreach (var origin in new[] { null, "http://evil.example", "null", $"http://web-shop.apps.localhost:{shared.App.Port}" })
        {
            using var refused = await _visit.OpenAsync(Live, origin);
            Assert.Equal((HttpStatusCode.Forbidden, WebSocketState.Closed), (refused.HttpStatusCode, refused.State));
        }
        using var user = await ApiUser.RegisterAsync(shared.App);
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        using var socket = await visit.OpenAsync($"{Live}?mark={user.Email}", visit.Origin);
        Assert.Equal("hello", await GrafanaVisit.SayAsync(socket, "hello"));
        var large = new string('x', 200_000);
        Assert.Equal(large, await GrafanaVisit.SayAsync(socket, large));
        var seen = Assert.Single(shared.Grafana.SeenAt($"{Live}?mark={user.Email}"));
        Assert.Equal((_visit.Origin, "Viewer"), (seen.One("Origin"), seen.One("X-WEBAUTH-ROLE")));
        Assert.DoesNotContain("Cookie", seen.Headers.Keys);

        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(user.Email)}", new { locked = true })).AssertStatus(204);
        await GrafanaVisit.EndsAsync(socket);
        using var again = await visit.OpenAsync(Live, visit.Origin);
        Assert.NotEqual(WebSocketState.Open, again.State);
    }

    [Fact]
    public async Task An_upgrade_to_something_else_does_not_pass()
    {
        var path = shared.Grafana.Serve(http => TestGrafana.AnswerRawAsync(http, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"));
        using var socket = await _visit.OpenAsync(path, _visit.Origin);
        Assert.Equal((HttpStatusCode.BadGateway, WebSocketState.Closed), (socket.HttpStatusCode, socket.State));
    }

    [Fact]
    public async Task A_WebSocket_of_an_admin_ends_with_the_role()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var id = await shared.Admin.UserIdAsync(user.Email);
        (await shared.Admin.PatchAsync($"admin/users/{id}", new { role = "admin" })).AssertStatus(204);
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        using var socket = await visit.OpenAsync("/grafana/api/live/ws", visit.Origin);
        Assert.Equal("hello", await GrafanaVisit.SayAsync(socket, "hello"));
        (await shared.Admin.PatchAsync($"admin/users/{id}", new { role = "user" })).AssertStatus(204);
        await GrafanaVisit.EndsAsync(socket);
        using var again = await visit.OpenAsync("/grafana/api/live/ws", visit.Origin);
        Assert.Equal("hello", await GrafanaVisit.SayAsync(again, "hello"));
    }
}
