using System.Net;
using System.Net.WebSockets;
using System.Text;
using Babyhelm.Core.Gateway;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Babyhelm.Tests.Gateway;

public class GatewayTests
{
    [Fact]
    public async Task A_request_reaches_the_pod_and_its_answer_comes_back_whole()
    {
        await using var gateway = await GatewayHarness.StartAsync();
        await gateway.AddPodAsync("a", async context =>
        {
            context.Response.StatusCode = 207;
            context.Response.Headers["X-Two"] = new(["one", "two"]);
            context.Response.Headers.SetCookie = new(["a=1; Path=/", "b=2; Path=/"]);
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync($"{context.Request.Method} {await reader.ReadToEndAsync()} {context.Request.Host}");
        });
        using var client = gateway.Client();
        using var answer = await client.PostAsync("/x", new StringContent("body"));
        Assert.Equal(207, (int)answer.StatusCode);
        Assert.Equal($"POST body {GatewayHarness.Host}", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["one", "two"], answer.Headers.GetValues("X-Two"));
        Assert.Equal(2, answer.Headers.GetValues("Set-Cookie").Count());
    }

    [Theory]
    [InlineData("/a%2Fb/../c//d/%2e%2e/e?x=%20+&y=[1]")]
    [InlineData("/%C3%A9?q=a%26b")]
    [InlineData("//double")]
    public async Task The_target_goes_on_byte_for_byte(string target)
    {
        await using var gateway = await GatewayHarness.StartAsync();
        await gateway.AddPodAsync("a", context => context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        var answer = await gateway.RawAsync($"GET {target} HTTP/1.1\r\nHost: {GatewayHarness.Host}\r\nConnection: close\r\n\r\n");
        Assert.Contains(target, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_of_one_hop_and_forged_forwarding_headers_do_not_cross()
    {
        await using var gateway = await GatewayHarness.StartAsync(new GatewayOptions { ProxyHeaders = { "X-Remote-User" } });
        await gateway.AddPodAsync("a", context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(h => $"{h.Key}: {h.Value}"))));
        // HTTP/1.0, so that the connection ends without "close", to which Kestrel would reduce the whole header.
        var answer = await gateway.RawAsync(
            $"GET / HTTP/1.0\r\nHost: {GatewayHarness.Host}\r\nConnection: X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\n"
            + "Proxy-Authorization: x\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Real-IP: 6.6.6.6\r\nX-WebAuth-User: evil\r\nX_WebAuth_Role: evil\r\nx-remote-user: evil\r\nX_Remote_User: evil\r\nX-Kept: yes\r\n\r\n");
        Assert.Contains("X-Kept: yes", answer, StringComparison.Ordinal);
        Assert.Contains("X-Forwarded-For: 127.0.0.1", answer, StringComparison.Ordinal);
        Assert.Contains($"X-Forwarded-Host: {GatewayHarness.Host}", answer, StringComparison.Ordinal);
        Assert.Contains("X-Forwarded-Proto: http", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("6.6.6.6", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("trailers", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-Authorization", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing-here.apps.localhost", HttpStatusCode.NotFound)]
    [InlineData("apps.localhost", HttpStatusCode.NotFound)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("web-shop.localhost", HttpStatusCode.OK)]
    [InlineData("xapps.localhost", HttpStatusCode.OK)]
    public async Task Only_hosts_under_the_apps_domain_are_the_gateways(string host, HttpStatusCode expected)
    {
        await using var gateway = await GatewayHarness.StartAsync();
        using var client = gateway.Client(host);
        using var answer = await client.GetAsync("/");
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync() == "babyhelm itself");
    }

    [Fact]
    public async Task Without_a_ready_pod_the_answer_is_503_with_a_time_to_retry()
    {
        await using var gateway = await GatewayHarness.StartAsync();
        using var client = gateway.Client();
        using var answer = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_pod_that_does_not_take_connections_is_passed_over_even_for_a_body()
    {
        await using var gateway = await GatewayHarness.StartAsync();
        using var closed = TestPorts.Closed();
        gateway.AddPod("a-gone", closed.Port());
        await gateway.AddPodAsync("b", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync("got " + await reader.ReadToEndAsync());
        });
        using var client = gateway.Client();
        for (var i = 0; i < 4; i++)
        {
            using var answer = await client.PostAsync("/", new StringContent("once"));
            Assert.Equal("got once", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_request_that_may_have_been_taken_is_not_sent_twice()
    {
        var taken = 0;
        await using var gateway = await GatewayHarness.StartAsync();
        for (var i = 0; i < 2; i++)
            await gateway.AddPodAsync($"p{i}", context =>
            {
                Interlocked.Increment(ref taken);
                context.Abort();
                return Task.CompletedTask;
            });
        using var client = gateway.Client();
        using var answer = await client.PostAsync("/", new StringContent("pay"));
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(1, taken);
    }

    [Fact]
    public async Task A_silent_pod_is_given_up_after_the_idle_time()
    {
        await using var gateway = await GatewayHarness.StartAsync(new GatewayOptions { IdleTimeoutSeconds = 1 });
        await gateway.AddPodAsync("a", context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        using var client = gateway.Client();
        using var answer = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
    }

    [Fact]
    public async Task An_answer_arrives_as_it_is_written()
    {
        var go = new TaskCompletionSource();
        await using var gateway = await GatewayHarness.StartAsync();
        await gateway.AddPodAsync("a", async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("second\n");
        });
        using var client = gateway.Client();
        using var answer = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("first", await reader.ReadLineAsync());
        go.SetResult();
        Assert.Equal("second", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task WebSockets_pass_both_ways()
    {
        await using var gateway = await GatewayHarness.StartAsync();
        await gateway.AddPodAsync("a", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[64];
            var got = await socket.ReceiveAsync(buffer, CancellationToken.None);
            await socket.SendAsync(Encoding.UTF8.GetBytes("echo " + Encoding.UTF8.GetString(buffer, 0, got.Count)), WebSocketMessageType.Text, true, CancellationToken.None);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        });
        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("Host", GatewayHarness.Host);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Port}/socket"), CancellationToken.None);
        await client.SendAsync("hi"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[64];
        var got = await client.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal("echo hi", Encoding.UTF8.GetString(buffer, 0, got.Count));
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(buffer, CancellationToken.None)).MessageType);
    }

    [Theory]
    [InlineData("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: {0}\r\nConnection: close\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: {0}\r\nConnection: close\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: {0}\r\nX: a\0b\r\nConnection: close\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: {0}\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello")]
    public async Task Targets_and_headers_that_could_confuse_are_refused(string request)
    {
        await using var gateway = await GatewayHarness.StartAsync();
        var reached = false;
        await gateway.AddPodAsync("a", context =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        var answer = await gateway.RawAsync(request.Replace("{0}", GatewayHarness.Host, StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.False(reached);
    }
}
