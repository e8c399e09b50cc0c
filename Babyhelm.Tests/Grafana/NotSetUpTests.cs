using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Grafana;

/// <summary>Without a Grafana the tab says how to come by one.</summary>
[Collection(StreamCollection.Name)]
public sealed class NotSetUpTests(SharedBabyhelm shared, AccessCast cast) : IAsyncLifetime
{
    public Task InitializeAsync() => cast.GatherAsync(shared);

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("/projects/{0}/grafana", "/projects/{0}/metrics")]
    [InlineData("/projects/{0}/apps/web/grafana", "/projects/{0}/apps/web/metrics")]
    public async Task The_tab_explains_how(string page, string metrics)
    {
        var text = await cast.Browser(Who.Viewer).Http.GetStringAsync(page.Replace("{0}", cast.Project, StringComparison.Ordinal));
        Assert.Contains("Grafana is not set up", text, StringComparison.Ordinal);
        Assert.Contains("Grafana__Url", text, StringComparison.Ordinal);
        Assert.Contains($"href=\"{metrics.Replace("{0}", cast.Project, StringComparison.Ordinal)}\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bh-grafana", text, StringComparison.Ordinal);
    }

    /// <summary>The headers of the data source are nothing where there is no token to compare with.</summary>
    [Fact]
    public async Task No_data_source_signs_in()
    {
        var id = Guid.Parse(await shared.Admin.UserIdAsync(cast.EmailOf(Who.Owner)));
        foreach (var token in new[] { "", TestGrafana.Token })
        {
            using var client = shared.App.CreateClient();
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Babyhelm-DataSource-Token", token);
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Grafana-User", $"{id:N}");
            using var answer = await client.GetAsync("/api/v1/prometheus/api/v1/query?query=up");
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }
}
