using System.Net;
using System.Net.WebSockets;

namespace Babyhelm.Tests.Integration;

/// <summary>Babyhelm behind a proxy, and circuits that pages of other sites ask for.</summary>
[Collection(StreamCollection.Name)]
public sealed class FrontDoorTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task Behind_a_TLS_proxy_the_way_to_sign_in_stays_on_https()
    {
        using var client = shared.App.CreateClient();
        using var request = Page("/projects");

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("https://babyhelm.example/account/login", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_TLS_proxy_cookies_are_secure_and_nothing_warns_of_plain_HTTP()
    {
        using var client = shared.App.CreateClient();
        using var request = Page("/account/login");

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("plain HTTP", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("https://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("http://localhost:1", 403)]
    [InlineData("", 200)]
    [InlineData("own", 200)]
    public async Task A_circuit_is_given_to_own_pages_only(string origin, int status)
    {
        if (origin == "own") origin = shared.App.Url.GetLeftPart(UriPartial.Authority);
        using var client = shared.App.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        if (origin.Length > 0) request.Headers.Add("Origin", origin);

        using var answer = await client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_WebSocket_from_a_page_of_another_site_is_refused()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var url = new Uri($"ws://localhost:{shared.App.Port}/_blazor");
        using var foreign = new ClientWebSocket();
        foreign.Options.CollectHttpResponseDetails = true;
        foreign.Options.SetRequestHeader("Origin", "https://evil.example");
        await Assert.ThrowsAsync<WebSocketException>(() => foreign.ConnectAsync(url, deadline.Token));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.HttpStatusCode);

        using var own = new ClientWebSocket();
        own.Options.SetRequestHeader("Origin", shared.App.Url.GetLeftPart(UriPartial.Authority));
        await own.ConnectAsync(url, deadline.Token);
        Assert.Equal(WebSocketState.Open, own.State);
    }

    private static HttpRequestMessage Page(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "babyhelm.example";
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        request.Headers.Add("X-Forwarded-Proto", "https");
        return request;
    }
}
