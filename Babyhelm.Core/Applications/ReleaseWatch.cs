using System.Collections.Concurrent;
using System.Threading.Channels;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>Keeps this process' <see cref="ReleaseBoard"/> as the database has it: the latest release of every application.</summary>
internal sealed partial class ReleaseWatch(
    IDbContextFactory<BabyhelmDbContext> contexts, ChangeListener changes, DatabaseReady database, ReleaseBoard board,
    TimeProvider time, ILogger<ReleaseWatch> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, AppKey> _keys = new();
    private readonly ConcurrentDictionary<Guid, byte> _dirty = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change =>
        {
            if (change.Of == ChangeOf.Alert) return;
            // Anything but one application (Guid.Empty stands for all) means reading everything again.
            _dirty[change.Of == ChangeOf.Application ? change.Id : Guid.Empty] = 0;
            signal.Writer.TryWrite(true);
        });
        await database.WaitAsync(stoppingToken);
        await foreach (var _ in signal.Reader.ReadAllAsync(stoppingToken))
        {
            var ids = _dirty.Keys.ToArray();
            foreach (var id in ids) _dirty.TryRemove(id, out var removed);
            try
            {
                if (ids.Contains(Guid.Empty)) await ReadAsync(null, stoppingToken);
                else await ReadAsync(ids, stoppingToken);
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } fault)
            {
                LogRetry(logger, fault.Message);
                foreach (var id in ids) _dirty[id] = 0;
                await Task.Delay(RetryDelay, time, stoppingToken);
                signal.Writer.TryWrite(true);
            }
        }
    }

    /// <param name="ids">Null for all applications.</param>
    private async Task ReadAsync(Guid[]? ids, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var applications = db.Set<Application>().AsNoTracking();
        if (ids is not null) applications = applications.Where(a => ids.Contains(a.Id));
        var rows = await (
            from app in applications
            join project in db.Set<Project>() on app.ProjectId equals project.Id
            from release in db.Set<Release>().Where(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease)
            select new
            {
                app.Name,
                project.Namespace,
                Release = new Release // without what is long
                {
                    Id = release.Id,
                    ApplicationId = app.Id,
                    Number = release.Number,
                    State = release.State,
                    Spec = release.Spec,
                    Stopped = release.Stopped,
                    ScaledTo = release.ScaledTo,
                    Manifests = "",
                    TemplateVersion = "",
                    CreatedBy = "",
                    CreatedAt = release.CreatedAt,
                    StartedAt = release.StartedAt,
                    AppliedAt = release.AppliedAt,
                    FinishedAt = release.FinishedAt,
                    ApplyHold = release.ApplyHold,
                    Diagnosis = release.Diagnosis,
                },
            }).ToListAsync(cancellation);

        foreach (var row in rows)
        {
            var info = Describe(row.Release, row.Name, row.Namespace);
            _keys[info.ApplicationId] = info.Key;
            board.Set(info);
        }
        var found = rows.Select(r => r.Release.ApplicationId).ToHashSet();
        foreach (var id in ids ?? [.. _keys.Keys])
            if (!found.Contains(id) && _keys.TryRemove(id, out var key)) board.Remove(key, id);
    }

    /// <summary>A release as the reducer takes it.</summary>
    public static ReleaseInfo Describe(Release release, string app, string ns) => new(
        release.ApplicationId, release.Id, ns, app, release.Number, release.State,
        release.Stopped ? 0 : release.Spec.Autoscale is null ? release.ScaledTo ?? release.Spec.Replicas : null, release.CreatedAt)
    {
        Cron = release.Spec.Kind == AppKind.Cron,
        Registry = release.Spec.Registry,
        StartedAt = release.StartedAt,
        AppliedAt = release.AppliedAt,
        FinishedAt = release.FinishedAt,
        ApplyHold = release.ApplyHold,
        Diagnosis = release.Diagnosis,
    };

    [LoggerMessage(LogLevel.Warning, "The releases were not read: {Problem} Trying again in 1 s.")]
    private static partial void LogRetry(ILogger logger, string problem);
}
