using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Gateway;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Integration;

/// <summary>Lists ask the database for what they show, not for whole specs and manifests.</summary>
public sealed class LeanReadTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private readonly SqlLog _sql = new();

    [Fact]
    public async Task The_release_list_reads_no_spec()
    {
        var (project, app) = await AddAsync(new AppSpec { Name = "web", Image = "demo/hello:7" });
        var queries = new ApplicationQueries(new LoggedContexts(database.Connection, _sql, database.Services), new PublicUrls(Options.Create(new PublicOptions())), new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance));

        var releases = (await queries.ReleasesAsync(await AddAdminAsync(), project.Name, app.Name, default)).Value;

        var release = Assert.Single(releases);
        Assert.Equal(("demo/hello:7", 1, ReleaseState.Live, "a@example.com", false), (release.Image, release.Number, release.State, release.CreatedBy, release.Automatic));
        AssertLean();
    }

    [Fact]
    public async Task The_routes_read_no_spec_and_are_those_of_web_applications_behind_the_gateway()
    {
        var spec = new AppSpec { Name = "web", Image = "demo/hello:1" };
        var (project, shown) = await AddAsync(spec);
        var hidden = new[]
        {
            spec with { Kind = AppKind.Worker },
            spec with { Kind = AppKind.Cron, Schedule = "* * * * *" },
            spec with { Expose = spec.Expose with { Type = ExposeType.None } },
            spec with { Expose = spec.Expose with { Type = ExposeType.Ingress } },
        };
        var others = new List<Application>();
        foreach (var other in hidden) others.Add((await AddAsync(other)).App);
        var going = (await AddAsync(spec)).App;
        await using var db = new LoggedContexts(database.Connection, _sql, database.Services).CreateDbContext();
        await db.Set<Application>().Where(a => a.Id == going.Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.DeletingSince, DateTimeOffset.UtcNow));
        _sql.Commands.Clear();

        var routes = await RouteTable.ReadAsync(db, default);

        Assert.Equal(new AppKey(project.Namespace, "web"), routes[shown.HostLabel]);
        Assert.All([.. others, going], a => Assert.False(routes.ContainsKey(a.HostLabel)));
        AssertLean();

        // The database follows a change of the spec.
        await db.Set<Application>().Where(a => a.Id == others[0].Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.Spec, spec));
        Assert.True((await RouteTable.ReadAsync(db, default)).ContainsKey(others[0].HostLabel));
    }

    private async Task<Caller> AddAdminAsync()
    {
        var user = new AppUser { Id = Guid.NewGuid(), UserName = "a@example.com", Email = "a@example.com", Role = PlatformRole.Admin };
        await using var db = await database.Contexts.CreateDbContextAsync();
        db.Add(user);
        await db.SaveChangesAsync();
        return Caller.Of(user, null);
    }

    private void AssertLean()
    {
        Assert.NotEmpty(_sql.Commands);
        Assert.All(_sql.Commands, sql =>
        {
            Assert.DoesNotContain(".spec", sql, StringComparison.Ordinal);
            Assert.DoesNotContain(".manifests", sql, StringComparison.Ordinal);
        });
    }

    private async Task<(Project Project, Application App)> AddAsync(AppSpec spec)
    {
        var name = ApiUser.NewName("p");
        var project = new Project { Name = name, Namespace = $"bh-{name}", State = ProjectState.Ready };
        var app = new Application { ProjectId = project.Id, Name = spec.Name, HostLabel = $"{spec.Name}-{name}", Spec = spec, LatestRelease = 1 };
        app.Releases.Add(new Release
        {
            ApplicationId = app.Id,
            Number = 1,
            State = ReleaseState.Live,
            Spec = spec,
            Manifests = "[]",
            TemplateVersion = "1",
            CreatedBy = "a@example.com",
        });
        await using var db = await database.Contexts.CreateDbContextAsync();
        db.AddRange(project, app);
        await db.SaveChangesAsync();
        return (project, app);
    }
}
