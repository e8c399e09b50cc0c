using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Cluster;

/// <summary>Two web processes on one database and the cluster under test, and one user who is signed in at both.</summary>
public sealed class BabyhelmStage : IAsyncLifetime
{
    /// <summary>A real cluster on a busy machine takes its time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private BabyhelmProcess[] _apps = [];
    private ApiUser[] _users = [];

    public ClusterTarget Target { get; } = new();
    public IReadOnlyList<BabyhelmProcess> Apps => _apps;

    /// <summary>The same user, at each process.</summary>
    public IReadOnlyList<ApiUser> Users => _users;

    public string Outputs => string.Join("\n--\n", _apps.Select(a => a.Output));

    public async Task InitializeAsync()
    {
        await Target.InitializeAsync();
        // Both meet an empty database at the same moment.
        var connection = await PostgresServer.CreateDatabaseAsync();
        var settings = new Dictionary<string, string> { ["Kubernetes__KubeConfig"] = Target.KubeConfigPath };
        _apps = [.. Enumerable.Range(0, 2).Select(_ => BabyhelmProcess.Launch(connection, TestPorts.Take(), settings))];
        await Task.WhenAll(_apps.Select(a => a.WaitReadyAsync()));
        var first = await ApiUser.RegisterAsync(_apps[0]);
        // One token is good at both.
        _users = [first, new ApiUser(await _apps[1].LoginAsync(first.Email))];
    }

    public async Task DisposeAsync()
    {
        foreach (var user in _users) user.Dispose();
        foreach (var app in _apps) await app.DisposeAsync();
        await Target.DisposeAsync();
    }

    public Task<string> NewProjectAsync() => NewProjectAsync(Target, _users[0]);

    /// <summary>A project whose namespace is deleted at the end even where Babyhelm does not come to it.</summary>
    internal static async Task<string> NewProjectAsync(ClusterTarget target, ApiUser user)
    {
        var name = ApiUser.NewName("p");
        target.Adopt($"bh-{name}");
        return await user.CreateProjectAsync(name);
    }

    /// <summary>
    /// Everything is over, and nothing shows that anything was done twice: one row and one change of the deployment per
    /// release, one replica set that has pods, no more pods than wanted, no work left over.
    /// </summary>
    internal static async Task AssertDoneOnceAsync(ClusterTarget target, string connection, ApiUser user, string project, string app, int releases, int replicas)
    {
        await Eventually.GetAsync(() => TestDatabase.JobsAsync(connection), jobs => jobs == 0, Patience);
        // The view tells the end that the cluster shows; the row follows it.
        await Eventually.GetAsync(() => TestDatabase.ScalarAsync<long>(connection, $"""
            SELECT count(*) FROM releases r JOIN applications a ON a.id = r.application_id JOIN projects p ON p.id = a.project_id
            WHERE p.name = '{project}' AND a.name = '{app}' AND r.state IN ('Pending', 'Applying', 'RollingOut')
            """), underway => underway == 0, Patience);
        var all = (await user.GetAsync($"projects/{project}/apps/{app}/releases")).Json.AsArray();
        Assert.Equal(Enumerable.Range(1, releases).Reverse(), all.Select(r => r!["release"]!.GetValue<int>()));
        Assert.Equal("live", Assert.Single(all, r => r!["state"]!.GetValue<string>() is not ("superseded" or "failed"))!["state"]!.GetValue<string>());

        var deployment = (await target.Client.GetAsync<Deployment>(ResourceType.Deployments, $"bh-{project}", app)).Value;
        Assert.Equal((releases, $"{releases}"), (deployment.Metadata.Generation, deployment.Metadata.Annotation("deployment.kubernetes.io/revision")));
        var sets = (await target.Client.ListAsync<ReplicaSet>(ResourceType.ReplicaSets, $"bh-{project}", $"{Labels.App}={app}")).Value.Items;
        Assert.Equal(sets.Count, sets.Select(s => s.Metadata.Label(Labels.Release)).Distinct().Count());
        Assert.Equal($"{releases}", Assert.Single(sets, s => s.Spec.Replicas > 0).Metadata.Label(Labels.Release));
        var pods = await Eventually.GetAsync(
            async () => (await target.Client.ListAsync<Pod>(ResourceType.Pods, $"bh-{project}", $"{Labels.App}={app}")).Value.Items,
            p => p.Count == replicas, Patience);
        Assert.All(pods, p => Assert.Equal($"{releases}", p.Metadata.Label(Labels.Release)));
    }
}
