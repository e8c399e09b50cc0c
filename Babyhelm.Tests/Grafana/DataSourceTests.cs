using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Monitoring;

namespace Babyhelm.Tests.Grafana;

/// <summary>What Grafana's data source gets: the series of the user whom Grafana names, for who has the token.</summary>
[Collection(PageCollection.Name)]
public sealed class DataSourceTests(WatchfulBabyhelm shared, TenantCast cast) : IClassFixture<TenantCast>, IAsyncLifetime
{
    private const string Everything = """count by (namespace) ({__name__=~".+"})""";
    private const string TokenHeader = "X-Babyhelm-DataSource-Token";
    private const string UserHeader = "X-Grafana-User";

    public Task InitializeAsync() => cast.GatherAsync(shared);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task It_sees_what_the_user_sees_whom_Grafana_names()
    {
        using var owner = await OfAsync(cast.Owner);
        using var outsider = await OfAsync(cast.Outsider);
        using var admin = await OfAsync(shared.Admin);
        var both = (await (await TestPrometheus.Both).Api.QueryAsync(Everything)).Data;
        Assert.Equal(both, (await ApiOf(owner).QueryAsync(Everything)).Data);
        Assert.Equal("vector\n", (await ApiOf(outsider).QueryAsync(Everything)).Data);
        Assert.Contains(TestSeries.One, (await ApiOf(admin).QueryAsync(Everything)).Data, StringComparison.Ordinal);
        Assert.DoesNotContain(TestSeries.Rival, (await ApiOf(admin).QueryAsync(Everything)).Data, StringComparison.Ordinal);
        foreach (var path in new[] { "labels", "label/namespace/values", "series?match[]=up", "status/buildinfo", "metadata", "rules" })
            Assert.Equal(200, (await ApiOf(owner).GetAsync(path)).Status);
        Assert.Equal("", (await ApiOf(outsider).GetAsync("label/namespace/values")).Data);
    }

    [Fact]
    public async Task Without_the_token_a_user_is_only_a_word()
    {
        var owner = await LoginAsync(cast.Owner);
        foreach (var (token, login) in new (string?, string?)[]
        {
            (null, owner), ("", owner), ("wrong", owner), (TestGrafana.Token[..^1], owner), (TestGrafana.Token + "x", owner),
            (TestGrafana.Token, null), (TestGrafana.Token, ""), (TestGrafana.Token, "admin"), (TestGrafana.Token, cast.Owner.Email), (TestGrafana.Token, $"{Guid.NewGuid():N}"),
            (TestGrafana.Token, owner.ToUpperInvariant()), (TestGrafana.Token, $"{Guid.Parse(owner)}"), (TestGrafana.Token, $"{owner}, {owner}"),
        })
        {
            using var client = Client(token, login);
            using var answer = await client.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
            Assert.Equal((token, login, 401), (token, login, (int)answer.StatusCode));
        }
        using var twice = Client(TestGrafana.Token, owner);
        twice.DefaultRequestHeaders.TryAddWithoutValidation(UserHeader, await LoginAsync(cast.Outsider));
        using var both = await twice.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
        Assert.Equal(401, (int)both.StatusCode);
    }

    [Fact]
    public async Task It_opens_nothing_else_and_gives_way_to_a_credential()
    {
        using var owner = await OfAsync(cast.Owner);
        foreach (var path in new[] { "/api/v1/me", "/api/v1/projects", $"/api/v1/projects/{TenantCast.ProjectOf(TestSeries.One)}/metrics" })
        {
            using var answer = await owner.GetAsync(path);
            Assert.Equal((path, 401), (path, (int)answer.StatusCode));
        }
        using var page = await owner.GetAsync("/projects");
        Assert.Equal(302, (int)page.StatusCode);

        // Who sends a token of their own is who that says, and nobody with one that is not good.
        using var both = await OfAsync(cast.Owner);
        both.DefaultRequestHeaders.Add("Authorization", await cast.Outsider.AuthorizationAsync());
        Assert.Equal("vector\n", (await ApiOf(both).QueryAsync(Everything)).Data);
        using var wrong = await OfAsync(cast.Owner);
        wrong.DefaultRequestHeaders.Add("Authorization", "Bearer bhp_nonsense");
        Assert.Equal(401, (int)(await wrong.GetAsync("/api/v1/prometheus/api/v1/query?query=up")).StatusCode);
    }

    [Fact]
    public async Task A_user_who_is_locked_or_gone_sees_nothing_any_more()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var client = await OfAsync(user);
        Assert.Equal(200, (await ApiOf(client).QueryAsync("up")).Status);
        var id = await shared.Admin.UserIdAsync(user.Email);
        foreach (var (locked, status) in new[] { (true, 401), (false, 200) })
        {
            (await shared.Admin.PatchAsync($"admin/users/{id}", new { locked })).AssertStatus(204);
            using var answer = await client.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
            Assert.Equal((locked, status), (locked, (int)answer.StatusCode));
        }
        (await shared.Admin.DeleteAsync($"admin/users/{id}")).AssertStatus(204);
        using var gone = await client.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
        Assert.Equal(401, (int)gone.StatusCode);
    }

    [Fact]
    public async Task It_asks_from_where_Grafana_is()
    {
        // As a proxy on this machine says it of a visitor, and as Grafana's own proxy says it of Babyhelm on this machine.
        foreach (var (address, status) in new[] { ("10.1.2.3", 401), ("127.0.0.1", 200) })
        {
            using var client = await OfAsync(cast.Owner);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
            using var answer = await client.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
            Assert.Equal((address, status), (address, (int)answer.StatusCode));
        }
    }

    private async Task<string> LoginAsync(ApiUser user) => $"{Guid.Parse(await shared.Admin.UserIdAsync(user.Email)):N}";

    private async Task<HttpClient> OfAsync(ApiUser user) => Client(TestGrafana.Token, await LoginAsync(user));

    private HttpClient Client(string? token, string? login)
    {
        var client = shared.App.CreateClient();
        if (token is not null) client.DefaultRequestHeaders.TryAddWithoutValidation(TokenHeader, token);
        if (login is not null) client.DefaultRequestHeaders.TryAddWithoutValidation(UserHeader, login);
        return client;
    }

    private PrometheusApi ApiOf(HttpClient client) => new(new Uri(shared.App.Url, "/api/v1/prometheus/api/v1/"), client);
}
