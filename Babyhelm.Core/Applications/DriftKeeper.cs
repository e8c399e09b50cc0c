using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>What decides whether an application is compared with its release.</summary>
/// <param name="ComparedObjects">See <see cref="Application.ComparedObjects"/>.</param>
/// <param name="RepairDue">Drift is known and to be put right.</param>
internal sealed record DriftMark(string? ComparedObjects, bool RepairDue)
{
    public static DriftMark Of(Application app) => new(app.ComparedObjects, app.RepairRequestedAt is not null || (app.SelfHeal && app.Drift is not null));
}

/// <summary>
/// Keeps a live application as its release made it: finds what somebody else changed or deleted, says so, and puts it
/// right where the application or a click asks for it. Compares only when the cluster's objects are others than last time.
/// </summary>
internal sealed class DriftKeeper(
    IDbContextFactory<BabyhelmDbContext> contexts, NamespaceProvisioner namespaces, ReleaseApplier applier, DriftDetector detector,
    KubernetesClient cluster, ClusterCache cache, TimeProvider time)
{
    /// <summary>Somebody who changes the same thing again and again is not fought faster than this.</summary>
    private static readonly TimeSpan RepairPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Identifies the cluster's objects of an application: another value means that something was changed, made or deleted.
    /// What only its controller changes does not count.
    /// </summary>
    public static string Fingerprint(AppObjects objects)
    {
        var text = new StringBuilder();
        foreach (var o in objects.Inventory.OrderBy(o => o.Kind, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal))
        {
            // An autoscaler has no generation, and its version moves with every measurement.
            var version = o.Generation > 0 ? $"{o.Generation}" : o.Kind == "HorizontalPodAutoscaler" ? "" : o.ResourceVersion;
            text.Append(o.Kind).Append('/').Append(o.Name).Append('/').Append(o.Uid).Append('/').Append(version).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Whether the application's objects have to be compared, by what is known without asking the cluster.</summary>
    public bool IsDue(DriftMark mark, AppKey key) =>
        cache.Status is { Synced: true, StaleSince: null } && (mark.RepairDue || mark.ComparedObjects != Fingerprint(cache.Get(key)));

    /// <param name="live">The application's latest release, which is live.</param>
    /// <returns>When to run again; null when nothing is left to do.</returns>
    public async Task<TimeSpan?> RunAsync(Application app, Project project, Release live, CancellationToken cancellation)
    {
        var key = new AppKey(project.Namespace, app.Name);
        if (!IsDue(DriftMark.Of(app), key)) return null;
        var fingerprint = Fingerprint(cache.Get(key));
        if ((await detector.FindAsync(live, cancellation)).Failed(out _, out var differences)) return Retry;
        var now = time.GetUtcNow();
        var report = differences.Count == 0 ? null : new DriftReport(app.Drift?.Since ?? now, [.. differences.Select(d => d.Report)]);
        var repairs = (app.SelfHeal || app.RepairRequestedAt is not null) && differences.Any(d => d.Report.Problem is null);
        var wait = app.RepairRequestedAt is null && differences.All(d => !d.Report.Missing) ? app.RepairedAt + RepairPause - now : null;
        if (repairs && !(wait > TimeSpan.Zero)) return await RepairAsync(app, project, live, report!, differences, cancellation);
        await SaveAsync(app, live, report, fingerprint, repairs, null, cancellation);
        return repairs ? wait : null;
    }

    private async Task<TimeSpan?> RepairAsync(
        Application app, Project project, Release live, DriftReport report, IReadOnlyList<Difference> differences, CancellationToken cancellation)
    {
        var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        var wrong = differences.Where(d => d.Report.Problem is null).ToList();
        var error = ready.Error
            ?? (await applier.ApplyAsync(live, [.. wrong.Select(d => d.Identity)], cancellation)).Error
            ?? await ReplaceAsync(wrong, cancellation);
        if (error is not null)
        {
            await SaveAsync(app, live, report, null, repairs: true, null, cancellation);
            return ApplyDiagnosis.IsTransient(error) ? Retry : RepairPause;
        }
        var entry = new AuditEntry
        {
            At = time.GetUtcNow(),
            Actor = AutomaticRollback.Actor,
            Action = "application.repair",
            Subject = $"project/{project.Name}/app/{app.Name}",
            ProjectId = project.Id,
            Detail = report.Summarize(),
        };
        // Compared once more when the cache has seen the repair.
        await SaveAsync(app, live, null, null, repairs: false, entry, cancellation);
        return null;
    }

    /// <summary>Takes away what somebody added to workloads, which an apply leaves alone.</summary>
    private async Task<Error?> ReplaceAsync(IEnumerable<Difference> differences, CancellationToken cancellation)
    {
        foreach (var (identity, _, fresh) in differences.Where(d => d.Fresh is not null))
        {
            if ((await cluster.GetAsync(identity.Type, identity.Namespace, identity.Name, cancellation)).Failed(out var error, out var now)) return error;
            if (JsonNode.DeepEquals(now["spec"], fresh)) continue;
            now["spec"] = fresh!.DeepClone();
            if ((await cluster.ReplaceAsync(now, cancellation)).Failed(out error, out _)) return error;
        }
        return null;
    }

    /// <summary>A deploy in between wins: its release is compared when it is live.</summary>
    private async Task SaveAsync(
        Application app, Release live, DriftReport? report, string? fingerprint, bool repairs, AuditEntry? repaired, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var rows = db.Set<Application>().Where(a => a.Id == app.Id && a.LatestRelease == live.Number);
        var repairedAt = repaired is null ? app.RepairedAt : time.GetUtcNow();
        var saved = await rows.ExecuteUpdateAsync(set => set
            .SetProperty(a => a.Drift, report)
            .SetProperty(a => a.ComparedObjects, fingerprint)
            .SetProperty(a => a.RepairRequestedAt, a => repairs ? a.RepairRequestedAt : null)
            .SetProperty(a => a.RepairedAt, repairedAt), cancellation);
        if (saved == 0) return;
        if (repaired is not null) db.Add(repaired);
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
