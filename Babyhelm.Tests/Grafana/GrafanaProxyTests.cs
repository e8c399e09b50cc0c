using System.Net;
using System.Net.WebSockets;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Tests.Grafana;

/// <summary>What crosses between browsers and Grafana, and what does not.</summary>
[Collection(PageCollection.Name)]
public sealed class GrafanaProxyTests(WatchfulBabyhelm shared) : IAsyncLifetime
{
    private static string? _cookie;
    private GrafanaVisit _visit = null!;

    /// <summary>All but those who lose something sign in as the same user.</summary>
    public async Task InitializeAsync()
    {
        if (_cookie is null)
        {
            using var user = await ApiUser.RegisterAsync(shared.App);
            _cookie = (await GrafanaVisit.SignInAsync(shared.App, user.Email)).Cookie;
        }
        _visit = new GrafanaVisit(shared.App, _cookie);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Grafana_is_told_by_Babyhelm_alone_who_asks()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var id = Guid.Parse(await shared.Admin.UserIdAsync(user.Email));
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        var answer = await visit.RawAsync($"GET {path} HTTP/1.1",
            "Connection: close, X-Hop", "X-Hop: 1", "X-WEBAUTH-USER: admin", "x-webauth-user: admin", "X_WEBAUTH_USER: admin", "X-Webauth-Role: Admin", "X-WEBAUTH_ROLE: Admin",
            "X-WEBAUTH-EMAIL: admin@localhost", "X-WEBAUTH-GROUPS: all", "X-WEBAUTH-LOGIN: admin", "Authorization: Bearer x", "Proxy-Authorization: Basic x",
            "X_Forwarded_For: 6.6.6.6", "X-Forwarded-Host: evil.example", "X-Forwarded-User: admin", "X_Forwarded_User: admin", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6",
            "X-Grafana-User: admin", "X-Grafana-Id: x", "X-DS-Authorization: Bearer x", $"X-Babyhelm-DataSource-Token: {TestGrafana.Token}", "X-JWT-Assertion: x", "X-Access-Token: x",
            "Cookie: grafana_session=own; babyhelm-theme=dark; __Host-babyhelm=x; renderKey=x; grafana_=y", "Accept: text/html", "X-Panel-Id: 3", "Referer: http://localhost/projects/secret");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var seen = Assert.Single(shared.Grafana.SeenAt(path));
        Assert.Equal((id.ToString("N"), "Viewer", $"{id:N}@babyhelm.invalid", user.Email), (seen.One("X-WEBAUTH-USER"), seen.One("X-WEBAUTH-ROLE"), seen.One("X-WEBAUTH-EMAIL"), seen.One("X-WEBAUTH-NAME")));
        Assert.Equal(("grafana_session=own; grafana_=y", "text/html", "3"), (seen.One("Cookie"), seen.One("Accept"), seen.One("X-Panel-Id")));
        Assert.Equal(($"localhost:{shared.App.Port}", "http"), (seen.One("X-Forwarded-Host"), seen.One("X-Forwarded-Proto")));
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(seen.One("X-Forwarded-For")!)));
        Assert.Equal(
            ["Accept", "Cookie", "Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Panel-Id", "X-WEBAUTH-EMAIL", "X-WEBAUTH-NAME", "X-WEBAUTH-ROLE", "X-WEBAUTH-USER"],
            seen.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_platform_admin_is_Grafanas_admin_as_long_as_the_role_lasts()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var id = await shared.Admin.UserIdAsync(user.Email);
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        using var client = visit.Client();
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        foreach (var role in new[] { "user", "admin", "user" })
        {
            (await shared.Admin.PatchAsync($"admin/users/{id}", new { role })).AssertStatus(204);
            // Another role ends no session, and the next request already has it.
            Assert.Equal("seen", await client.GetStringAsync(path));
        }
        Assert.Equal(["Viewer", "Admin", "Viewer"], shared.Grafana.SeenAt(path).Select(s => s.One("X-WEBAUTH-ROLE")));
    }

    [Theory]
    [InlineData("/a%2Fb//c?x=%20+&y=[1]&z=..")]
    [InlineData("/%C3%A9/%25/a;b=c/...")]
    [InlineData("?orgId=1")]
    public async Task The_target_goes_on_byte_for_byte(string rest)
    {
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        Assert.StartsWith("HTTP/1.1 200", await _visit.RawAsync($"GET {path}{rest} HTTP/1.1", "Connection: close"), StringComparison.Ordinal);
        Assert.Equal(path + rest, Assert.Single(shared.Grafana.SeenAt(path)).Target);
    }

    [Theory]
    [InlineData("/grafana/{0}/..%2Fadmin")]
    [InlineData("/grafana/{0}/..%5cadmin")]
    [InlineData("/grafana/{0}/a\\..\\b")]
    [InlineData("/grafana/{0}/a%5C.%2E%5Cb")]
    [InlineData("/projects/../grafana/{0}")]
    [InlineData("/projects/%2e%2e/grafana/{0}")]
    [InlineData("/grafana/{0}/../../grafana/{0}")]
    [InlineData("/Grafana/{0}")]
    [InlineData("/%67rafana/{0}")]
    [InlineData("/grafana/{0}/%0d%0ax")]
    [InlineData("http://localhost/grafana/{0}")]
    public async Task What_could_be_read_as_another_path_does_not_go_on(string target)
    {
        var mark = $"{Guid.NewGuid():N}";
        var answer = await _visit.RawAsync($"GET {target.Replace("{0}", mark, StringComparison.Ordinal)} HTTP/1.1", "Connection: close");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(shared.Grafana.Seen, s => s.Target.Contains(mark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grafanas_answer_can_not_loosen_what_holds_for_Babyhelm()
    {
        var path = shared.Grafana.Serve(http =>
        {
            http.Response.ContentType = "text/html";
            foreach (var (name, value) in new[]
            {
                ("X-Frame-Options", "deny"), ("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true"), ("Clear-Site-Data", "\"cookies\""),
                ("Service-Worker-Allowed", "/"), ("Strict-Transport-Security", "max-age=1"), ("WWW-Authenticate", "Basic realm=x"), ("Refresh", "0; url=http://evil.example"), ("Link", "<http://evil.example>; rel=preload"),
                ("Cross-Origin-Opener-Policy", "unsafe-none"), ("Referrer-Policy", "unsafe-url"), ("ETag", "\"1\""), ("Connection", "X-Hop"), ("X-Hop", "1"),
            })
                http.Response.Headers[name] = value;
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
            http.Response.Headers.SetCookie = new(
            [
                "grafana_session=1; Path=/; Domain=localhost; HttpOnly; SameSite=None", "grafana_session_expiry=2; Max-Age=60", "babyhelm=stolen; Path=/", "__Host-babyhelm=stolen; Path=/; Secure", "redirect_to=x", "not a cookie",
            ]);
            return http.Response.WriteAsync("page");
        });
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync(path);
        Assert.Equal("page", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["grafana_session=1; path=/grafana/; samesite=lax; httponly", "grafana_session_expiry=2; max-age=60; path=/grafana/; samesite=lax"], answer.Headers.GetValues("Set-Cookie"));
        var policies = answer.Headers.GetValues("Content-Security-Policy").ToList();
        Assert.Equal(2, policies.Count);
        Assert.Contains("frame-ancestors 'self'", policies[0], StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", policies[0], StringComparison.Ordinal);
        Assert.Equal("default-src 'none'", policies[1]);
        Assert.Equal(("\"1\"", "same-origin", "same-origin", "same-origin", "nosniff"),
            (One("ETag"), One("Cross-Origin-Opener-Policy"), One("Referrer-Policy"), One("Cross-Origin-Resource-Policy"), One("X-Content-Type-Options")));
        foreach (var gone in new[] { "X-Frame-Options", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security", "WWW-Authenticate", "Refresh", "Link", "X-Hop" })
            Assert.False(answer.Headers.Contains(gone), gone);

        string One(string name) => Assert.Single(answer.Headers.GetValues(name));
    }

    [Fact]
    public async Task A_redirect_stays_below_the_path_or_is_not_followed()
    {
        var to = "";
        var path = shared.Grafana.Serve(http =>
        {
            http.Response.StatusCode = 302;
            http.Response.Headers.Location = to;
            return Task.CompletedTask;
        });
        using var client = _visit.Client(ownPage: false);
        foreach (var (location, expected) in new (string, string?)[]
        {
            ("/grafana/d/x?y=1#z", "/grafana/d/x?y=1#z"), ($"http://127.0.0.1:{shared.Grafana.Link.Port}/grafana/login", "/grafana/login"), ($"{_visit.Origin}/grafana/a", "/grafana/a"), ("login", "/grafana/login"),
            ("/login", null), ("http://evil.example/grafana/", null), ("//evil.example/grafana/", null), ("../admin/users", null), ("/grafana/../admin", null), ("javascript:alert(1)", null), ("/\\evil.example/grafana/", null),
        })
        {
            to = location;
            using var answer = await client.GetAsync(path);
            Assert.Equal((location, expected is null ? 502 : 302, expected), (location, (int)answer.StatusCode, answer.Headers.Location?.OriginalString));
        }
    }

    [Fact]
    public async Task What_changes_something_comes_from_an_own_page_and_is_no_longer_than_it_may_be()
    {
        var path = shared.Grafana.Serve(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            await http.Response.WriteAsync($"{http.Request.Method} {(await reader.ReadToEndAsync()).Length}");
        });
        using var own = _visit.Client();
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(new string('x', 100_000)) };
            using var answer = await own.SendAsync(request);
            Assert.Equal($"{method} 100000", await answer.Content.ReadAsStringAsync());
        }
        Assert.All(shared.Grafana.SeenAt(path), s => Assert.Equal((_visit.Origin, $"localhost:{shared.App.Port}"), (s.One("Origin"), s.One("Host"))));

        var taken = shared.Grafana.SeenAt(path).Count;
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, null));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, "http://evil.example"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, "null"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, $"http://web-shop.apps.localhost:{shared.App.Port}"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Get, "http://evil.example"));
        Assert.Equal(405, await StatusAsync(HttpMethod.Options, _visit.Origin));
        Assert.Equal(taken, shared.Grafana.SeenAt(path).Count);

        // A server that refuses a large body need not read it; asking first keeps the connection whole for its answer.
        using var large = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(new string('x', 3 * 1024 * 1024)), Headers = { ExpectContinue = true } };
        using var refused = await own.SendAsync(large);
        Assert.Equal(413, (int)refused.StatusCode);
        Assert.Equal(taken, shared.Grafana.SeenAt(path).Count);

        async Task<int> StatusAsync(HttpMethod method, string? origin)
        {
            using var client = _visit.Client(ownPage: false);
            using var request = new HttpRequestMessage(method, path);
            if (origin is not null) request.Headers.Add("Origin", origin);
            using var answer = await client.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task An_answer_arrives_as_it_is_written()
    {
        var go = new TaskCompletionSource();
        var path = shared.Grafana.Serve(async http =>
        {
            await http.Response.WriteAsync("first\n");
            await http.Response.Body.FlushAsync();
            await go.Task;
            await http.Response.WriteAsync("second\n");
        });
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("first", await reader.ReadLineAsync());
        go.SetResult();
        Assert.Equal("second", await reader.ReadLineAsync());
    }

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

    [Fact]
    public async Task A_Grafana_that_is_away_is_told_in_its_place()
    {
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("back"));
        using var client = _visit.Client(ownPage: false);
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        shared.Grafana.Link.Cut();
        try
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(502, (int)answer.StatusCode);
            Assert.Contains("Grafana does not answer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            // Where the panel would be: in a frame of a page, and still with Babyhelm's own policy.
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("frame-ancestors 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        }
        finally
        {
            shared.Grafana.Link.Restore();
        }
        Assert.Equal("back", await client.GetStringAsync(path));
    }

    [Fact]
    public async Task Who_is_not_signed_in_does_not_reach_it()
    {
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        using var stranger = shared.App.CreateClient();
        using var byToken = shared.App.CreateClient((await shared.Admin.PostAsync("me/tokens", new { name = $"{Guid.NewGuid():N}", scope = "admin", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>());
        foreach (var client in new[] { stranger, byToken })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Contains("/account/login", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
            using var socket = new ClientWebSocket();
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://localhost:{shared.App.Port}{path}"), CancellationToken.None));
        }
        Assert.Empty(shared.Grafana.SeenAt(path));
    }
}
