using System.Net;
using System.Net.WebSockets;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Tests.Grafana;

/// <summary>What crosses between browsers and Grafana, and what does not.</summary>
[Collection(PageCollection.Name)]
public sealed class GrafanaProxyTests(WatchfulBabyhelm shared) : IAsyncLifetime
{
    private GrafanaVisit _visit = null!;

    public async Task InitializeAsync() => _visit = await shared.VisitGrafanaAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Grafana_is_told_by_Babyhelm_alone_who_asks()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var id = Guid.Parse(await shared.Admin.UserIdAsync(user.Email));
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        var answer = await visit.RawAsync($"GET {path} HTTP/1.1",
            "Connection: close, X-Hop, X-WEBAUTH-USER, X-WEBAUTH-ROLE", "X-Hop: 1", "X-WEBAUTH-USER: admin", "x-webauth-user: admin", "X_WEBAUTH_USER: admin", "X-Webauth-Role: Admin", "X-WEBAUTH_ROLE: Admin",
            "X-WEBAUTH-EMAIL: admin@localhost", "X-WEBAUTH-GROUPS: all", "X-WEBAUTH-LOGIN: admin", "Authorization: Bearer x", "Proxy-Authorization: Basic x",
            "X_Forwarded_For: 6.6.6.6", "X-Forwarded-Host: evil.example", "X-Forwarded-User: admin", "X_Forwarded_User: admin", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6",
            "X-Grafana-User: admin", "X-Grafana-Id: x", "X-DS-Authorization: Bearer x", $"X-Babyhelm-DataSource-Token: {TestGrafana.Token}", "X-JWT-Assertion: x", "X-Access-Token: x",
            "Cookie: grafana_session=own; babyhelm-theme=dark; __Host-babyhelm=x; renderKey=x; grafana_=y", "Accept: text/html", "X-Panel-Id: 3", "Referer: http://localhost/projects/secret");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var seen = Assert.Single(shared.Grafana.SeenAt(path));
        Assert.Equal((id.ToString("N"), "Viewer", user.Email), (seen.One("X-WEBAUTH-USER"), seen.One("X-WEBAUTH-ROLE"), seen.One("X-WEBAUTH-NAME")));
        // Not to be worked out from the id, by which users see each other in Grafana.
        Assert.Matches("^[0-9a-f]{64}@babyhelm[.]invalid$", seen.One("X-WEBAUTH-EMAIL"));
        Assert.Equal(("grafana_session=own; grafana_=y", "text/html", "3"), (seen.One("Cookie"), seen.One("Accept"), seen.One("X-Panel-Id")));
        Assert.Equal(($"localhost:{shared.App.Port}", "http"), (seen.One("X-Forwarded-Host"), seen.One("X-Forwarded-Proto")));
        Assert.Equal(
            ["Accept", "Cookie", "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Panel-Id", "X-WEBAUTH-EMAIL", "X-WEBAUTH-NAME", "X-WEBAUTH-ROLE", "X-WEBAUTH-USER"],
            seen.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_platform_admin_is_what_is_set_as_long_as_the_role_lasts()
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
        Assert.Equal(["Viewer", "Editor", "Viewer"], shared.Grafana.SeenAt(path).Select(s => s.One("X-WEBAUTH-ROLE")));
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
    [InlineData("/grafana/{0}/%252e%252e%252fadmin")]
    [InlineData("/grafana/{0}/%252e%252e%255cadmin")]
    [InlineData("/grafana/{0}/.%25252e/admin")]
    [InlineData("/grafana/{0}/%250d%250ax")]
    [InlineData("/grafana/{0}/%2525252525252525252525252525252525252525e")]
    [InlineData("http://localhost/grafana/{0}")]
    public async Task What_could_be_read_as_another_path_does_not_go_on(string target)
    {
        var mark = $"{Guid.NewGuid():N}";
        var answer = await _visit.RawAsync($"GET {target.Replace("{0}", mark, StringComparison.Ordinal)} HTTP/1.1", "Connection: close");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(shared.Grafana.Seen, s => s.Target.Contains(mark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_changes_something_comes_from_an_own_page_and_is_no_longer_than_it_may_be()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(user.Email)}", new { role = "admin" })).AssertStatus(204);
        var visit = await GrafanaVisit.SignInAsync(shared.App, user.Email);
        var path = shared.Grafana.Serve(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            await http.Response.WriteAsync($"{http.Request.Method} {(await reader.ReadToEndAsync()).Length}");
        }, below: "/grafana/api/folders/");
        using var own = visit.Client();
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(new string('x', 100_000)) };
            using var answer = await own.SendAsync(request);
            Assert.Equal($"{method} 100000", await answer.Content.ReadAsStringAsync());
        }
        Assert.All(shared.Grafana.SeenAt(path), s => Assert.Equal((visit.Origin, $"localhost:{shared.App.Port}"), (s.One("Origin"), s.One("Host"))));

        var taken = shared.Grafana.SeenAt(path).Count;
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, null));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, "http://evil.example"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, "null"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Post, $"http://web-shop.apps.localhost:{shared.App.Port}"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Get, "http://evil.example"));
        Assert.Equal(405, await StatusAsync(HttpMethod.Options, visit.Origin));
        Assert.Equal(taken, shared.Grafana.SeenAt(path).Count);

        // A server that refuses a large body need not read it; asking first keeps the connection whole for its answer.
        using var large = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(new string('x', 3 * 1024 * 1024)), Headers = { ExpectContinue = true } };
        using var refused = await own.SendAsync(large);
        Assert.Equal(413, (int)refused.StatusCode);
        Assert.Equal(taken, shared.Grafana.SeenAt(path).Count);

        async Task<int> StatusAsync(HttpMethod method, string? origin)
        {
            using var client = visit.Client(ownPage: false);
            using var request = new HttpRequestMessage(method, path);
            if (origin is not null) request.Headers.Add("Origin", origin);
            using var answer = await client.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData(null, null, null, 200)]
    [InlineData("same-origin", "cors", "empty", 200)]
    [InlineData("none", "navigate", "document", 200)]
    [InlineData("cross-site", "navigate", "document", 200)]
    [InlineData("same-site", "navigate", "document", 200)]
    [InlineData("cross-site", "navigate", "iframe", 403)]
    [InlineData("cross-site", "no-cors", "image", 403)]
    [InlineData("cross-site", "no-cors", "script", 403)]
    [InlineData("same-site", "no-cors", "empty", 403)]
    [InlineData("cross-site", null, null, 403)]
    public async Task Other_sites_can_only_link_to_it(string? site, string? mode, string? dest, int status)
    {
        var path = shared.Grafana.Serve(http => http.Response.WriteAsync("seen"));
        using var client = _visit.Client(ownPage: false);
        foreach (var (name, value) in new[] { ("Site", site), ("Mode", mode), ("Dest", dest) })
            if (value is not null) client.DefaultRequestHeaders.Add($"Sec-Fetch-{name}", value);
        using var answer = await client.GetAsync(path);
        Assert.Equal((status, status == 200 ? 1 : 0), ((int)answer.StatusCode, shared.Grafana.SeenAt(path).Count));
    }

    [Fact]
    public async Task A_viewer_asks_and_changes_nothing()
    {
        using var own = _visit.Client();
        var question = shared.Grafana.Serve(http => http.Response.WriteAsync("answered"), below: "/grafana/api/datasources/uid/babyhelm/resources/api/v1/");
        using var asked = await own.PostAsync(question, new StringContent("query=up"));
        Assert.Equal("answered", await asked.Content.ReadAsStringAsync());
        var mark = $"{Guid.NewGuid():N}";
        foreach (var (method, path) in new[] { (HttpMethod.Put, "/grafana/api/user"), (HttpMethod.Put, "/grafana/api/user/password"), (HttpMethod.Post, "/grafana/api/datasources"), (HttpMethod.Post, "/grafana/api/dashboards/db") })
        {
            using var request = new HttpRequestMessage(method, $"{path}?mark={mark}") { Content = new StringContent("{}") };
            using var answer = await own.SendAsync(request);
            Assert.Equal((path, 403), (path, (int)answer.StatusCode));
            Assert.Contains("changed in Grafana", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(shared.Grafana.Seen, s => s.Target.Contains(mark, StringComparison.Ordinal));
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
