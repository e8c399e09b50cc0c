using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>What decides whether an application is compared with its release.</summary>
/// <param name="ComparedObjects">See <see cref="Application.ComparedObjects"/>.</param>
/// <param name="RepairDue">Drift is known and to be put right.</param>
internal sealed record DriftMark(string? ComparedObjects, bool RepairDue)
{
    public static DriftMark Of(string? compared, bool selfHeal, DriftReport? drift, DateTimeOffset? requested) =>
        new(compared, requested is not null || (selfHeal && drift?.CanBeRepaired() == true));

    public static DriftMark Of(Application app) => Of(app.ComparedObjects, app.SelfHeal, app.Drift, app.RepairRequestedAt);
}

/// <summary>
/// Keeps a live application as its release made it: finds what somebody else changed or deleted, says so, and puts it
/// right where the application or a click asks for it. Compares only when the cluster's objects are others than last time.
/// </summary>
internal sealed partial class DriftKeeper(
    IDbContextFactory<BabyhelmDbContext> contexts, NamespaceProvisioner namespaces, ReleaseApplier applier, DriftDetector detector,
    KubernetesClient cluster, ClusterCache cache, TimeProvider time, ILogger<DriftKeeper> logger)
{
    /// <summary>Somebody who changes things again and again is not fought without end: the pause after a repair doubles each time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>After so long without a repair, the next is done at once again.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongRetry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Identifies the cluster's objects of an application: another value means that something was changed, made or deleted.
    /// What only its controller changes does not count.
    /// </summary>
    public static string Fingerprint(AppObjects objects)
    {
        var text = new StringBuilder();
        foreach (var o in objects.Inventory.OrderBy(o => o.Kind, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal))
        {
            var version = o.SpecHash ?? (o.Generation > 0 ? $"{o.Generation}" : o.ResourceVersion);
            text.Append(o.Kind).Append('/').Append(o.Name).Append('/').Append(o.Uid).Append('/').Append(version).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether the application's objects have to be compared, by what is known without asking the cluster.</summary>
    public bool IsDue(DriftMark mark, AppKey key) =>
        cache.Status is { Synced: true, StaleSince: null } && (mark.RepairDue || mark.ComparedObjects != Fingerprint(cache.Get(key)));

    /// <param name="live">The application's latest release, which is in force.</param>
    /// <returns>When to run again, null when nothing is left to do; and why what is to be put right could not be.</returns>
    public async Task<(TimeSpan? Again, Error? Problem)> RunAsync(Application app, Project project, Release live, CancellationToken cancellation)
    {
        var key = new AppKey(project.Namespace, app.Name);
        if (!IsDue(DriftMark.Of(app), key)) return default;
        var fingerprint = Fingerprint(cache.Get(key));
        if ((await detector.FindAsync(live, cancellation)).Failed(out var error, out var differences))
        {
            LogNotCompared(logger, key, error.Message);
            return (PauseAfter(error), app.RepairRequestedAt is null ? null : error);
        }
        var now = time.GetUtcNow();
        var report = differences.Count == 0 ? null : new DriftReport(app.Drift?.Since ?? now, [.. differences.Select(d => d.Report)]);
        if (report?.CanBeRepaired() != true || !(app.SelfHeal || app.RepairRequestedAt is not null))
        {
            await SaveAsync(app, live, report, fingerprint, null, cancellation);
            return default;
        }
        var wait = app.RepairRequestedAt is null ? app.RepairedAt + PauseAfter(app, now) - now : null;
        if (!(wait > TimeSpan.Zero)) return await RepairAsync(app, project, live, report, differences, cancellation);
        await SaveAsync(app, live, report, fingerprint, null, cancellation);
        return (wait, null);
    }

    private static TimeSpan PauseAfter(Error error) => ApplyRetries.Of(error) == ApplyAnswer.Waits ? Retry : LongRetry;

    private static TimeSpan PauseAfter(Application app, DateTimeOffset now) => app.Repairs == 0 || app.RepairedAt + QuietTime < now
        ? TimeSpan.Zero
        : FirstPause * Math.Min(1 << Math.Min(app.Repairs - 1, 16), LongestPause / FirstPause);

    private async Task<(TimeSpan? Again, Error? Problem)> RepairAsync(
        Application app, Project project, Release live, DriftReport report, IReadOnlyList<Difference> differences, CancellationToken cancellation)
    {
        var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        var wrong = differences.Where(d => d.Report.Problem is null).ToList();
        var error = ready.Error
            ?? (await applier.ApplyAsync(live, [.. wrong.Select(d => d.Identity)], cancellation)).Error
            ?? await ReplaceAsync(wrong, cancellation);
        if (error is not null)
        {
            LogNotRepaired(logger, new AppKey(project.Namespace, app.Name), error.Message);
            await SaveAsync(app, live, report, null, null, cancellation);
            return (PauseAfter(error), error);
        }
        LogRepaired(logger, new AppKey(project.Namespace, app.Name), report.Summarize());
        // Compared once more when the cache has seen the repair.
        await SaveAsync(app, live, null, null, new AuditEntry
        {
            At = time.GetUtcNow(),
            Actor = AutomaticRollback.Actor,
            Action = "application.repair",
            Subject = $"project/{project.Name}/app/{app.Name}",
            ProjectId = project.Id,
            Detail = report.Summarize(),
        }, cancellation);
        return default;
    }

    /// <summary>Takes away what somebody added to workloads and autoscalers, which an apply leaves alone.</summary>
    private async Task<Error?> ReplaceAsync(IEnumerable<Difference> differences, CancellationToken cancellation)
    {
        foreach (var (identity, _, fresh, scaled) in differences)
        {
            if (fresh is null) continue;
            if ((await cluster.GetAsync(identity.Type, identity.Namespace, identity.Name, cancellation)).Failed(out var error, out var now)) return error;
            var wanted = fresh.DeepClone();
            if (scaled && now["spec"]?["replicas"] is { } replicas) wanted["replicas"] = replicas.DeepClone();
            if (JsonNode.DeepEquals(now["spec"], wanted)) continue;
            now["spec"] = wanted;
            if ((await cluster.ReplaceAsync(now, cancellation)).Failed(out error, out _)) return error;
        }
        return null;
    }

    /// <summary>A deploy in between wins: its release is compared when it is live. So does a click: it is done by the next run.</summary>
    /// <param name="repaired">Set when everything was put right.</param>
    private async Task SaveAsync(
        Application app, Release live, DriftReport? report, string? fingerprint, AuditEntry? repaired, CancellationToken cancellation)
    {
        var requested = repaired is null && report?.CanBeRepaired() == true ? app.RepairRequestedAt : null;
        var same = repaired is null && fingerprint == app.ComparedObjects && requested == app.RepairRequestedAt
            && JsonSerializer.Serialize(report, StoredJson.Options) == JsonSerializer.Serialize(app.Drift, StoredJson.Options);
        if (same) return;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var rows = db.Set<Application>().Where(a => a.Id == app.Id && a.LatestRelease == live.Number);
        var now = time.GetUtcNow();
        var (at, repairs) = repaired is null ? (app.RepairedAt, app.Repairs) : (now, app.RepairedAt + QuietTime < now ? 1 : app.Repairs + 1);
        var saved = await rows.ExecuteUpdateAsync(set => set
            .SetProperty(a => a.Drift, report)
            .SetProperty(a => a.ComparedObjects, fingerprint)
            .SetProperty(a => a.RepairRequestedAt, a => a.RepairRequestedAt == app.RepairRequestedAt ? requested : a.RepairRequestedAt)
            .SetProperty(a => a.RepairedAt, at)
            .SetProperty(a => a.Repairs, repairs), cancellation);
        if (saved == 0) return;
        if (repaired is not null) db.Add(repaired);
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    [LoggerMessage(LogLevel.Information, "{App} was put right on the cluster: {What}")]
    private static partial void LogRepaired(ILogger logger, AppKey app, string what);

    [LoggerMessage(LogLevel.Warning, "{App} could not be compared with the cluster: {Problem}")]
    private static partial void LogNotCompared(ILogger logger, AppKey app, string problem);

    [LoggerMessage(LogLevel.Warning, "{App} could not be put right on the cluster: {Problem}")]
    private static partial void LogNotRepaired(ILogger logger, AppKey app, string problem);
}
