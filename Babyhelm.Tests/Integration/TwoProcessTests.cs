using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>Two web processes on one database and one cluster.</summary>
public sealed partial class TwoProcessTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<ApiUser> _users = [];
    private ExternalCluster _cluster = null!;
    private BabyhelmProcess[] _apps = [];

    public async Task InitializeAsync()
    {
        _cluster = await ExternalCluster.StartAsync();
        // Both meet an empty database at the same moment.
        var connection = await PostgresServer.CreateDatabaseAsync();
        _apps = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => BabyhelmProcess.StartAsync(connection, settings: _cluster.Settings)));
    }

    public async Task DisposeAsync()
    {
        foreach (var user in _users) user.Dispose();
        foreach (var app in _apps) await app.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Deploys_from_both_end_once_and_lost_connections_to_the_database_come_back()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        _users.Add(await ApiUser.RegisterAsync(_apps[0], email));
        // One token is good at both.
        _users.Add(new ApiUser(_apps[1].CreateClient(_users[0].Http.DefaultRequestHeaders.Authorization!.Parameter)));
        var project = await _users[0].CreateProjectAsync();

        var names = Enumerable.Range(0, 6).Select(i => $"app{i}").ToList();
        await Task.WhenAll(names.Select((name, i) => _users[i % 2].CreateAppAsync(project, Specs.Checked(name, "demo/hello:1"))));
        await Task.WhenAll(names.Select((name, i) => _users[(i + 1) % 2].WaitStateAsync(project, name, "live", 1, context: Outputs)));
        await Task.WhenAll(names.Select((name, i) => _users[(i + 1) % 2].DeployAsync(project, name, Specs.Checked(name, "demo/hello:2"))));
        await Task.WhenAll(names.Select((name, i) => _users[i % 2].WaitStateAsync(project, name, "live", 2, context: Outputs)));
        await Eventually.GetAsync(() => TestDatabase.JobsAsync(_apps[0].Connection), jobs => jobs == 0);

        var ends = _apps.SelectMany(a => Ended().Matches(a.Output).Select(m => m.Groups[1].Value)).ToList();
        Assert.Equal(ends.Distinct().Order(), ends.Order());
        Assert.Equal(12, await TestDatabase.ScalarAsync<long>(_apps[0].Connection,
            "SELECT count(*) FROM releases WHERE finished_at IS NOT NULL AND state = CASE number WHEN 2 THEN 'Live' ELSE 'Superseded' END"));
        output.WriteLine(string.Join("; ", _apps.Select(a => $"{Ended().Count(a.Output)} ends written by {a.Id}")));

        // Every connection is cut, of LISTEN too; what the first process does afterwards is seen by the second.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await TestDatabase.ScalarAsync<long>(_apps[0].Connection,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            await Task.WhenAll(_users.Select(u => Eventually.GetAsync(() => u.GetAsync("projects"), a => a.Status == 200, TimeSpan.FromSeconds(60), Outputs)));
        }
        await _users[0].DeployAsync(project, "app0", Specs.Checked("app0", "demo/hello:3"));
        await _users[1].WaitStateAsync(project, "app0", "live", 3, context: Outputs);
        await _users[0].CreateAppAsync(project, Specs.Checked("late", "demo/hello:1"));
        await _users[1].WaitStateAsync(project, "late", "live", 1, context: Outputs);
        using var visitor = _apps[1].CreateClient();
        await Eventually.GetAsync(
            async () => await Answer.OfAsync(await visitor.GetAsync($"http://late-{project}.apps.localhost:{_apps[1].Port}/")), a => a.Status == 200, context: Outputs);
    }

    private string Outputs() => string.Join("\n--\n", _apps.Select(a => a.Output));

    [GeneratedRegex(@"(\S+ release \d+) is Live")]
    private static partial Regex Ended();
}
