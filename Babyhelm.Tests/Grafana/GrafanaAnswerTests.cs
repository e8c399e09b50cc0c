using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Tests.Grafana;

/// <summary>What of Grafana's answers reaches a browser.</summary>
[Collection(PageCollection.Name)]
public sealed class GrafanaAnswerTests(WatchfulBabyhelm shared) : IAsyncLifetime
{
    private const string Nonce = "script-src 'self' 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='";
    private GrafanaVisit _visit = null!;

    public async Task InitializeAsync() => _visit = await shared.VisitGrafanaAsync();

    public Task DisposeAsync() => Task.CompletedTask;

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
            http.Response.Headers.ContentSecurityPolicy = Nonce;
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
        Assert.Equal(Nonce, policies[1]);
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

    [Theory]
    [InlineData(null)]
    [InlineData("default-src 'self'")]
    [InlineData("script-src 'self' 'unsafe-inline'")]
    [InlineData("script-src 'self' 'unsafe-inline'; style-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='")]
    [InlineData("script-src 'nonce-'")]
    [InlineData("script-src 'unsafe-inline'; script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='")]
    [InlineData("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='; script-src-elem 'unsafe-inline'")]
    [InlineData("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='; script-src-attr 'unsafe-inline'")]
    public async Task A_page_that_does_not_name_its_scripts_is_not_shown(string? policy)
    {
        var path = shared.Grafana.Serve(http =>
        {
            http.Response.ContentType = "Text/HTML;charset=UTF-8";
            http.Response.Headers.ContentSecurityPolicy = policy;
            http.Response.Headers["Content-Security-Policy-Report-Only"] = Nonce;
            return http.Response.WriteAsync("<script>steal()</script>");
        });
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync(path);
        Assert.Equal(502, (int)answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("content_security_policy = true", text, StringComparison.Ordinal);
        Assert.DoesNotContain("steal", text, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "default-src 'self', script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'", true)]
    [InlineData("text/javascript; charset=utf-8", null, true)]
    [InlineData("application/javascript", null, true)]
    [InlineData("image/svg+xml", null, false)]
    [InlineData("image/svg+xml", "script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='", false)]
    [InlineData("application/xhtml+xml", "script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA=='", false)]
    [InlineData("text/xml", null, false)]
    [InlineData("application/pdf", null, false)]
    [InlineData("application/json", null, false)]
    [InlineData("multipart/x-mixed-replace; boundary=x", null, false)]
    [InlineData("text/javascript, text/html", null, false)]
    [InlineData("text/html, image/png", null, false)]
    [InlineData(null, null, false)]
    public async Task Only_Grafanas_own_pages_run_scripts(string? type, string? policy, bool runs)
    {
        var path = shared.Grafana.Serve(http =>
        {
            if (type is not null) http.Response.Headers.ContentType = type;
            http.Response.Headers.ContentSecurityPolicy = policy;
            return http.Response.WriteAsync("<svg xmlns='http://www.w3.org/2000/svg'><script>steal()</script></svg>");
        }, below: "/grafana/public/plugins/");
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync(path);
        Assert.Equal(200, (int)answer.StatusCode);
        var policies = answer.Headers.GetValues("Content-Security-Policy").ToList();
        Assert.Equal(policy, policies.ElementAtOrDefault(1));
        Assert.Equal(!runs, policies[0].StartsWith("sandbox; default-src 'none';", StringComparison.Ordinal));
        Assert.Equal(runs, policies[0].Contains("script-src", StringComparison.Ordinal));
        Assert.DoesNotContain("allow-", policies[0], StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(".svg", false)]
    public async Task What_has_not_changed_keeps_what_holds_for_it(string ending, bool script)
    {
        var path = shared.Grafana.Serve(http =>
        {
            http.Response.StatusCode = 304;
            return Task.CompletedTask;
        });
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync($"{path}.js{ending}");
        Assert.Equal(304, (int)answer.StatusCode);
        Assert.Equal(script, !Assert.Single(answer.Headers.GetValues("Content-Security-Policy")).StartsWith("sandbox;", StringComparison.Ordinal));
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

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nETag: \"\u0001\"\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    public async Task What_is_no_answer_is_told_in_its_place(string bytes)
    {
        var path = shared.Grafana.Serve(http => TestGrafana.AnswerRawAsync(http, bytes));
        using var client = _visit.Client(ownPage: false);
        using var answer = await client.GetAsync(path);
        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Contains("Grafana does not answer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("ETag"));
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
}
