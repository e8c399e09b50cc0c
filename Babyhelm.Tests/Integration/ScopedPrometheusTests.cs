using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Monitoring;

namespace Babyhelm.Tests.Integration;

/// <summary>Whose projects have the namespaces of the test series.</summary>
public sealed class TenantCast : IDisposable
{
    /// <summary>Owns both projects.</summary>
    public ApiUser Owner { get; private set; } = null!;

    /// <summary>A token of the owner's for the first project alone.</summary>
    public HttpClient One { get; private set; } = null!;

    /// <summary>A user without a project.</summary>
    public ApiUser Outsider { get; private set; } = null!;

    /// <summary>Once, however many tests ask for it.</summary>
    public async Task GatherAsync(SharedBabyhelm shared)
    {
        if (One is not null) return;
        Owner = await ApiUser.RegisterAsync(shared.App);
        Outsider = await ApiUser.RegisterAsync(shared.App);
        foreach (var ns in new[] { TestSeries.One, TestSeries.Two }) await Owner.CreateProjectAsync(ProjectOf(ns));
        One = shared.App.CreateClient(await TokenAsync(ProjectOf(TestSeries.One)));
    }

    public async Task<string> TokenAsync(string? project) =>
        (await Owner.PostAsync("me/tokens", new { name = $"{Guid.NewGuid():N}", scope = "read", days = 1, project })).AssertStatus(201)["token"]!.GetValue<string>();

    public static string ProjectOf(string ns) => ns["bh-".Length..];

    public void Dispose()
    {
        One?.Dispose();
        Owner?.Dispose();
        Outsider?.Dispose();
    }
}

/// <summary>The API of Prometheus as Babyhelm serves it: each caller's own series, in the form that Grafana reads.</summary>
[Collection(StreamCollection.Name)]
public sealed class ScopedPrometheusTests(SharedBabyhelm shared, TenantCast cast) : IClassFixture<TenantCast>, IAsyncLifetime
{
    private static readonly string Time = $"{TestSeries.Asked}";

    public Task InitializeAsync() => cast.GatherAsync(shared);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Each_caller_gets_what_their_own_series_answer()
    {
        var (own, mine, strange) = ((await TestPrometheus.One).Api, ApiOf(cast.One), ApiOf(cast.Outsider.Http));
        foreach (var query in new[] { """{__name__=~".+"}""", "sum(rate(http_requests_total[5m])) by (namespace)", "absent(rival_secret_total)", "time()", "\"text\"" })
        {
            Assert.Equal(await own.QueryAsync(query) is { Status: 200 } good ? good.Data : null, (await mine.QueryAsync(query)).Data);
            Assert.Equal((await own.QueryAsync(query)).Data, (await mine.GetAsync($"query?query={Uri.EscapeDataString(query)}&time={Time}")).Data);
            Assert.Equal((await own.RangeAsync(query)).Data, (await mine.RangeAsync(query)).Data);
        }
        foreach (var path in new[]
        {
            "series", "labels", "label/namespace/values", "label/job/values", "label/__name__/values", "series?match[]=up&match[]=ALERTS", "labels?match[]=up",
            "label/pod/values?match[]={__name__=~\".+\",namespace!=\"bh-rival\"}", "label/alertname/values?match[]=ALERTS", "series?match[]=rival_secret_total",
        })
        {
            // Prometheus has no series without a selector.
            var expected = await own.GetAsync(path == "series" ? "series?match[]={namespace!=\"\"}" : path);
            Assert.Equal((200, expected.Data), ((await mine.GetAsync(path)) is var seen ? (seen.Status, seen.Data) : default));
            Assert.Equal("", (await strange.GetAsync(path)).Data);
        }
        Assert.Equal("vector\n", (await strange.QueryAsync("""{__name__=~".+"}""")).Data);
        Assert.Equal("vector\n", (await strange.QueryAsync("sum(up)")).Data);
        Assert.Equal((await own.QueryAsync("absent(nothing)")).Data, (await strange.QueryAsync("absent(up)")).Data);
        Assert.Equal((await own.PostAsync("series", ("match[]", "up"), ("match[]", "build_info"))).Data, (await mine.PostAsync("series", ("match[]", "up"), ("match[]", "build_info"))).Data);
    }

    [Fact]
    public async Task What_is_seen_follows_the_projects_and_the_token()
    {
        const string Everything = """count by (namespace) ({__name__=~".+"})""";
        var (own, both) = ((await TestPrometheus.One).Api, (await TestPrometheus.Both).Api);
        Assert.Equal((await own.QueryAsync(Everything)).Data, (await ApiOf(cast.One).QueryAsync(Everything)).Data);
        Assert.Equal((await both.QueryAsync(Everything)).Data, (await ApiOf(cast.Owner.Http).QueryAsync(Everything)).Data);
        // A platform admin sees all projects', and still no namespace that is nobody's.
        Assert.Equal((await both.QueryAsync(Everything)).Data, (await ApiOf(shared.Admin.Http).QueryAsync(Everything)).Data);

        var (guest, second) = (cast.Outsider, TenantCast.ProjectOf(TestSeries.Two));
        await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(guest.Email)}", new { confirmed = true });
        (await cast.Owner.PutAsync($"projects/{second}/members/{guest.Email}", new { role = "viewer" })).AssertStatus(202);
        (await guest.PostAsync($"me/invitations/{second}/accept", null)).AssertStatus(204);
        Assert.Contains(TestSeries.Two, (await ApiOf(guest.Http).QueryAsync(Everything)).Text, StringComparison.Ordinal);
        Assert.Equal(204, (int)(await cast.Owner.Http.DeleteAsync($"/api/v1/projects/{second}/members/{guest.Email}")).StatusCode);
        Assert.Equal("vector\n", (await ApiOf(guest.Http).QueryAsync(Everything)).Data);
    }

    [Fact]
    public async Task Whoever_names_a_project_after_a_foreign_namespace_sees_nothing_of_it()
    {
        using var thief = await ApiUser.RegisterAsync(shared.App);
        var foreign = JsonNode.Parse($$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{TestSeries.Rival}}"} }""")!.AsObject();
        Assert.Null((await shared.Cluster.CreateAsync(foreign)).Error);
        var project = $"projects/{TenantCast.ProjectOf(TestSeries.Rival)}";
        (await thief.PostAsync("projects", new { name = TenantCast.ProjectOf(TestSeries.Rival) })).AssertStatus(201);
        await SeesNothingAsync();
        await Eventually.GetAsync(() => thief.GetAsync(project), a => a.Status == 200 && a["problem"] is not null);
        await SeesNothingAsync();
        (await thief.DeleteAsync(project)).AssertStatus(202);
        await SeesNothingAsync();
        await Eventually.GetAsync(() => thief.GetAsync(project), a => a.Status == 404);

        async Task SeesNothingAsync() => Assert.Equal("vector\n", (await ApiOf(thief.Http).QueryAsync("""{__name__=~".+"}""")).Data);
    }

    [Fact]
    public async Task What_can_not_be_answered_is_told_as_Prometheus_would()
    {
        var mine = ApiOf(cast.One);
        await RefusedAsync(400, "bad_data", "Line 1, column 5: the end stands where", ("query", "sum("));
        await RefusedAsync(400, "bad_data", "Line 1, column 1: info()", ("query", "info(up)"));
        await RefusedAsync(400, "bad_data", "Line 1, column 1: There is no expression.");
        await RefusedAsync(400, "bad_data", "query is given twice.", ("query", "up"), ("query", "down"));
        await RefusedAsync(400, "bad_data", "lookback_delta can't be set here.", ("query", "up"), ("lookback_delta", "1h"));
        await RefusedAsync(400, "bad_data", "time is too long.", ("query", "up"), ("time", new string('1', 65)));
        await RefusedAsync(400, "bad_data", "invalid parameter \"query\": parse error: error parsing regexp", ("query", "up{a=~\"[\"}"));
        await RefusedAsync(422, "execution", "query processing would load too many samples", ("query", "sum_over_time(vector(1)[100h:1s])"));
        var many = Enumerable.Range(0, 2000).Select(i => ($"field{i}", "x")).Append(("query", "up")).ToArray();
        Assert.Equal((400, "bad_data"), (await mine.PostAsync("query", many)) is var crowded ? (crowded.Status, crowded.Json["errorType"]!.GetValue<string>()) : default);
        // What no query is changed by is left out.
        Assert.Equal((await mine.QueryAsync("up")).Data, (await mine.PostAsync("query", ("query", "up"), ("time", Time), ("stats", "all"), ("dedup", "true"), ("timeout", "1ns"))).Data);

        Assert.Equal(400, (await mine.GetAsync("label/a%2F..%2Fb/values")).Status);
        Assert.Equal(400, (await mine.GetAsync("label/pod%0A/values")).Status);
        Assert.Equal((await mine.GetAsync("series?match[]=up")).Data, (await mine.GetAsync("series?Match[]=up&match[]=up")).Data);
        Assert.Equal(400, (await mine.GetAsync("series?match[]=sum(up)")).Status);
        Assert.Equal(400, (await mine.GetAsync($"series?{string.Join('&', Enumerable.Repeat("match[]=up", 21))}")).Status);
        Assert.Equal(400, (await mine.PostAsync("query_range", ("query", "up"), ("start", "1"), ("end", "2"))).Status);

        async Task RefusedAsync(int status, string type, string error, params (string, string)[] fields)
        {
            var answer = await mine.PostAsync("query", fields);
            Assert.Equal((status, "error", type), (answer.Status, answer.Json["status"]!.GetValue<string>(), answer.Json["errorType"]!.GetValue<string>()));
            Assert.StartsWith(error, answer.Json["error"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Grafana_is_told_what_it_asks_when_it_is_set_up()
    {
        var mine = ApiOf(cast.One);
        Assert.StartsWith("2.", (await mine.GetAsync("status/buildinfo")).Json["data"]!["version"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("{}", (await mine.GetAsync("metadata?limit=1")).Data);
        Assert.Equal("""{"groups":[]}""", (await mine.GetAsync("rules")).Data);
        Assert.Equal(200, (await mine.PostAsync("query", ("query", "1+1"))).Status);
    }

    /// <summary>A browser would send either to Babyhelm by itself, whoever makes it ask.</summary>
    [Fact]
    public async Task Neither_a_cookie_nor_a_password_field_of_the_browser_opens_it()
    {
        using var browser = await FormClient.SignInAsync(shared.App, cast.Owner.Email);
        using var answer = await browser.Http.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
        Assert.Equal(401, (int)answer.StatusCode);
        var token = await cast.TokenAsync(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/prometheus/api/v1/query?query=up");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{cast.Owner.Email}:{token}")));
        using var anonymous = shared.App.CreateClient();
        using var refused = await anonymous.SendAsync(request);
        Assert.Equal(401, (int)refused.StatusCode);
    }

    private PrometheusApi ApiOf(HttpClient client) => new(new Uri(shared.App.Url, "/api/v1/prometheus/api/v1/"), client);
}
