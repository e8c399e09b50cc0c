using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Kubernetes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Integration;

/// <summary>A job that read a project before its deletion never makes its namespace again. The cluster is played by the test.</summary>
public sealed class NamespaceLockTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private readonly Project _project = new() { Name = $"p{Guid.NewGuid():N}"[..10], Namespace = $"bh-{Guid.NewGuid():N}"[..10], State = ProjectState.Ready };
    private ApiServer _cluster = null!;
    private KubernetesClient _client = null!;
    private NamespaceProvisioner _provisioner = null!;
    private DeleteProject _deletion = null!;

    public async Task InitializeAsync()
    {
        _cluster = await ApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConfig { Server = _cluster.Address, Source = "test" }, TimeProvider.System);
        _provisioner = new NamespaceProvisioner(database.Contexts, _client, new CurrentTemplates(), Options.Create(new ProjectOptions()), TimeProvider.System);
        _deletion = new DeleteProject(database.Contexts, _client, TimeProvider.System);
        await using var db = await database.Contexts.CreateDbContextAsync();
        db.Add(_project);
        await db.SaveChangesAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_namespace_of_a_project_that_goes_or_is_gone_is_not_asked_for(bool gone)
    {
        await DeletingAsync();
        if (gone)
        {
            var deletion = _deletion.RunAsync(_project.Id, default);
            await (await _cluster.NextAsync()).AnswerAsync(404, Status(404, "NotFound"));
            Assert.Null(await deletion);
            Assert.False(await ExistsAsync());
        }
        var asked = _cluster.Seen.Count;
        Assert.Equal("project-deleting", Assert.IsType<Conflict>((await EnsureAsync()).Error).Code);
        Assert.Equal(asked, _cluster.Seen.Count);
    }

    [Fact]
    public async Task A_project_is_not_removed_while_its_namespace_is_made()
    {
        var making = EnsureAsync();
        var request = await _cluster.NextAsync();
        await DeletingAsync();

        Assert.NotNull(await _deletion.RunAsync(_project.Id, default));
        Assert.True(await ExistsAsync());
        Assert.Single(_cluster.Seen);

        await request.AnswerAsync(403, Status(403, "Forbidden"));
        Assert.NotNull((await making).Error);
        var deletion = _deletion.RunAsync(_project.Id, default);
        await (await _cluster.NextAsync()).AnswerAsync(404, Status(404, "NotFound"));
        Assert.Null(await deletion);
        Assert.False(await ExistsAsync());
    }

    [Fact]
    public async Task Several_applications_bring_the_namespace_at_once()
    {
        var (first, second) = (EnsureAsync(), EnsureAsync());
        var requests = new[] { await _cluster.NextAsync(), await _cluster.NextAsync() };
        foreach (var request in requests) await request.AnswerAsync(403, Status(403, "Forbidden"));
        Assert.All(await Task.WhenAll(first, second), r => Assert.IsType<KubernetesError>(r.Error));
    }

    [Fact]
    public async Task What_the_cluster_says_to_a_deletion_is_kept()
    {
        await DeletingAsync();
        var deletion = _deletion.RunAsync(_project.Id, default);
        await (await _cluster.NextAsync()).AnswerAsync(403, Status(403, "Forbidden"));
        Assert.NotNull(await deletion);
        await using var db = await database.Contexts.CreateDbContextAsync();
        Assert.NotNull(await db.Set<Project>().Where(p => p.Id == _project.Id).Select(p => p.Problem).SingleAsync());
    }

    private Task<Result<Done>> EnsureAsync() => _provisioner.EnsureAsync(_project.Id, _project.Name, _project.Namespace, default);

    private async Task DeletingAsync()
    {
        await using var db = await database.Contexts.CreateDbContextAsync();
        await db.Set<Project>().Where(p => p.Id == _project.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.State, ProjectState.Deleting));
    }

    private async Task<bool> ExistsAsync()
    {
        await using var db = await database.Contexts.CreateDbContextAsync();
        return await db.Set<Project>().AnyAsync(p => p.Id == _project.Id);
    }

    private static string Status(int code, string reason) => $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"no"}""";
}
