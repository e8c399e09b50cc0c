using System.Text.Json;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Quotas;

/// <summary>What one application has taken of its project's quota, or will take by itself.</summary>
/// <param name="Runs">What its pods are of; null where nothing runs.</param>
/// <param name="Reserved">The most that it takes without anybody asking: its autoscaler's most, and its rollout's while one is under way.</param>
internal sealed record Reservation(Guid AppId, Holding? Runs, Demand Reserved);

/// <summary>Adds up what the applications of a project have reserved, by what they were asked to run.</summary>
internal static class QuotaLedger
{
    private sealed record Row(Guid AppId, string State, bool Latest, bool Stopped, bool Ended, int? ScaledTo, string Spec);

    public static async Task<IReadOnlyList<Reservation>> ReadAsync(BabyhelmDbContext db, Guid projectId, bool autoscales, CancellationToken cancellation)
    {
        // Without what is long and not counted.
        var rows = await db.Database.SqlQuery<Row>($"""
            SELECT a.id AS "AppId", r.state AS "State", r.number = a.latest_release AS "Latest", r.stopped AS "Stopped", r.pods_ended_at IS NOT NULL AS "Ended", r.scaled_to AS "ScaledTo",
              (r.spec - 'env' - 'command' - 'args' - 'health')::text AS "Spec"
            FROM applications a JOIN releases r ON r.application_id = a.id
            WHERE a.project_id = {projectId} AND a.deleting_since IS NULL AND (r.number = a.latest_release OR r.state IN ('Live', 'Stopped'))
            """).ToListAsync(cancellation);
        return [.. rows.GroupBy(r => r.AppId).Select(app => Of(app.Key, [.. app], autoscales))];
    }

    private static Reservation Of(Guid id, IReadOnlyList<Row> rows, bool autoscales)
    {
        var force = rows.FirstOrDefault(r => In(r, Release.InForce));
        var latest = rows.FirstOrDefault(r => r.Latest);
        var runs = force is null ? null : Read(force, autoscales);
        if (latest is not null && In(latest, Release.Underway))
        {
            var next = Read(latest, autoscales);
            return new Reservation(id, runs ?? next, Demand.Max(next.Replacing(runs), runs?.Steady ?? Demand.None));
        }
        // Pods of a failed release stay for a while, where none before it runs.
        if (runs is null && latest is { State: nameof(ReleaseState.Failed), Ended: false }) runs = Read(latest, autoscales);
        return new Reservation(id, runs, runs?.Steady ?? Demand.None);
    }

    private static bool In(Row row, IReadOnlyList<ReleaseState> states) => states.Any(s => s.ToString() == row.State);

    private static Holding Read(Row row, bool autoscales) =>
        Holding.Of(JsonSerializer.Deserialize<AppSpec>(row.Spec, StoredJson.Options)!, row.Stopped, row.ScaledTo, autoscales);
}
