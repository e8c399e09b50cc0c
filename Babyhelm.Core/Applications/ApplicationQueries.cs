using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>An application as people and clients see it.</summary>
/// <param name="State">State of the latest release.</param>
/// <param name="Url">Address at which it is reached from outside; null where it is not exposed, and until its load balancer has one.</param>
public sealed record ApplicationView(
    Guid Id, ProjectView Project, AppSpec Spec, ReleaseState State, string? Url, int Release, bool Deleting,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public bool AutoRollback { get; init; }
    public bool SelfHeal { get; init; }

    /// <summary>How the cluster differs from the live release; null while it does not.</summary>
    public DriftReport? Drift { get; init; }

    /// <summary>Why what Babyhelm does by itself is held up; null while nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>Grows with every change of the spec.</summary>
    public int Version { get; init; }

    /// <summary>Version of the templates that the latest release was rendered from.</summary>
    public string TemplateVersion { get; init; } = "";

    /// <summary>What decides which actions can be taken.</summary>
    public required AppStanding Standing { get; init; }

    public string Name => Spec.Name;

    /// <summary>Null when the reader can do it now, else the reason.</summary>
    public Error? WhyNot(AppAction action) => AppActions.WhyNot(action, Standing, Project.Role);
}

public sealed record ReleaseSummary(
    int Number, ReleaseState State, string Image, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? AppliedAt,
    DateTimeOffset? FinishedAt, DateTimeOffset? LiveAt, Diagnosis? Diagnosis, IReadOnlyList<string> Warnings)
{
    /// <summary>Number of the release that this one repeats; null for a deploy.</summary>
    public int? RollbackOf { get; init; }

    /// <summary>Babyhelm went back by itself.</summary>
    public bool Automatic { get; init; }
    public string? Message { get; init; }

    /// <summary>Digest of the image that its pods ran; null where it is not known.</summary>
    public string? Digest { get; init; }

    /// <summary>Version of the templates that its manifests were rendered from; empty for a release of an application that never had one.</summary>
    public string TemplateVersion { get; init; } = "";

    /// <summary>It was made to run nothing.</summary>
    public bool Stopped { get; init; }

    /// <summary>How many replicas it was scaled to after it was deployed; null for as many as were deployed.</summary>
    public int? ScaledTo { get; init; }

    /// <summary>When its pods were restarted last; null for never.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>When the pods of a failed release were ended, because no release of the application ever ran; null for others.</summary>
    public DateTimeOffset? PodsEndedAt { get; init; }
}

/// <summary>One release, with what is kept of its failure.</summary>
/// <param name="Evidence">Null for a release that did not fail on the cluster.</param>
public sealed record ReleaseDetail(ReleaseSummary Summary, ReleaseEvidence? Evidence);

/// <summary>Reads applications and releases from the database; every method checks the caller.</summary>
public sealed class ApplicationQueries(IDbContextFactory<BabyhelmDbContext> contexts, PublicUrls urls, ClusterCache cache)
{
    /// <summary>All applications of a project, by name.</summary>
    public async Task<Result<IReadOnlyList<ApplicationView>>> ListAsync(Caller caller, string project, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, project, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var view)) return error;
        var rows = await WithState(db, db.Set<Application>().Where(a => a.ProjectId == view.Id).OrderBy(a => a.Name)).ToListAsync(cancellation);
        return rows.Select(r => View(view, r)).ToList();
    }

    public async Task<Result<ApplicationView>> GetAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        var row = await WithState(db, db.Set<Application>().Where(a => a.Id == found.Id)).FirstOrDefaultAsync(cancellation);
        return row is null ? ApplicationAccess.NoApplication(app) : View(found.Project, row);
    }

    /// <summary>The newest 200 releases, newest first.</summary>
    public async Task<Result<IReadOnlyList<ReleaseSummary>>> ReleasesAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        var releases = await db.Set<Release>().AsNoTracking().Where(r => r.ApplicationId == found.Id)
            .OrderByDescending(r => r.Number).Take(200)
            .Select(r => new ReleaseSummary(
                r.Number, r.State, r.Image, r.CreatedBy, r.CreatedAt, r.AppliedAt, r.FinishedAt, r.LiveAt, r.Diagnosis, r.Warnings)
            {
                RollbackOf = r.RollbackOf,
                Automatic = r.RollbackOf != null && r.CreatedById == null && r.CreatedBy == AutomaticRollback.Actor,
                Message = r.Message,
                PodsEndedAt = r.PodsEndedAt,
                Digest = r.Digest,
                TemplateVersion = r.TemplateVersion,
                Stopped = r.Stopped,
                ScaledTo = r.ScaledTo,
                RestartedAt = r.RestartedAt,
            }).ToListAsync(cancellation);
        return releases;
    }

    public async Task<Result<ReleaseDetail>> ReleaseAsync(Caller caller, string project, string app, int number, CancellationToken cancellation) =>
        (await FindReleaseAsync(caller, project, app, number, cancellation)).Map(r => new ReleaseDetail(Summary(r), r.Evidence));

    /// <summary>The release's manifests as YAML, secret values masked.</summary>
    public async Task<Result<string>> ManifestsAsync(Caller caller, string project, string app, int number, CancellationToken cancellation)
    {
        if ((await FindReleaseAsync(caller, project, app, number, cancellation)).Failed(out var error, out var release)) return error;
        return ReleaseManifests.Of(release).Map(set => set.ToYaml());
    }

    private async Task<Result<Release>> FindReleaseAsync(Caller caller, string project, string app, int number, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        var release = await db.Set<Release>().AsNoTracking()
            .FirstOrDefaultAsync(r => r.ApplicationId == found.Id && r.Number == number, cancellation);
        return release is null ? new NotFound($"There is no release {number} of '{app}'.") : release;
    }

    private static ReleaseSummary Summary(Release r) => new(
        r.Number, r.State, r.Spec.Image, r.CreatedBy, r.CreatedAt, r.AppliedAt, r.FinishedAt, r.LiveAt, r.Diagnosis, r.Warnings)
    {
        RollbackOf = r.RollbackOf,
        Automatic = AutomaticRollback.IsAutomatic(r),
        Message = r.Message,
        PodsEndedAt = r.PodsEndedAt,
        Digest = r.Digest,
        TemplateVersion = r.TemplateVersion,
        Stopped = r.Stopped,
        ScaledTo = r.ScaledTo,
        RestartedAt = r.RestartedAt,
    };

    /// <param name="Stopped">Of the latest release; <paramref name="ForceStopped"/> of the one in force.</param>
    private sealed record Row(Application App, ReleaseState State, bool Stopped, bool Paused, int? Repeats, int? InForce, bool? ForceStopped, string TemplateVersion);

    private static IQueryable<Row> WithState(BabyhelmDbContext db, IQueryable<Application> applications) =>
        from app in applications.AsNoTracking()
        from release in db.Set<Release>().Where(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease)
        let force = db.Set<Release>().Where(r => r.ApplicationId == app.Id && Release.InForce.Contains(r.State)).OrderByDescending(r => r.Number)
            .Select(r => new { r.Number, r.Stopped }).FirstOrDefault()
        select new Row(app, release.State, release.Stopped, release.Paused, release.RollbackOf, (int?)force.Number, (bool?)force.Stopped, release.TemplateVersion);

    private ApplicationView View(ProjectView project, Row row) => new(
        row.App.Id, project, row.App.Spec, row.State,
        urls.Of(row.App.Spec, row.App.HostLabel, row.App.Spec.Expose.Type == ExposeType.LoadBalancer ? cache.Get(project.Namespace, row.App.Name).LoadBalancerAddress : null),
        row.App.LatestRelease, row.App.DeletingSince is not null, row.App.CreatedAt, row.App.UpdatedAt)
    {
        AutoRollback = row.App.AutoRollback,
        SelfHeal = row.App.SelfHeal,
        Drift = row.App.Drift,
        Problem = row.App.Problem,
        Version = row.App.Version,
        TemplateVersion = row.TemplateVersion,
        Standing = AppStanding.Of(row.App, row.State, row.Stopped, row.Paused, row.Repeats, row.InForce, row.ForceStopped, project.State == ProjectState.Deleting),
    };
}
