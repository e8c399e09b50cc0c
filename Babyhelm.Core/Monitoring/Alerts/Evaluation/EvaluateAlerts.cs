using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>
/// Background work: looks at every rule and stores what became of the alerts, with the messages that are due, in one
/// transaction. One job of the installation runs at a time; where two look at once, the one that is late drops what it saw.
/// </summary>
internal sealed class EvaluateAlerts(
    IDbContextFactory<BabyhelmDbContext> contexts, ClusterLook cluster, PrometheusLook prometheus, Notifier notifier, IWorkQueue work, IOptions<AlertOptions> options, TimeProvider time)
    : IWorkHandler, IWorkSource
{
    public const string WorkKind = "evaluate-alerts";

    /// <summary>Alerts that are over are kept for so long.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    /// <summary>Of one rule and application; the newest are kept.</summary>
    private const int MaxEnded = 200;

    /// <summary>Silences that are over are shown nowhere; the audit log tells of them.</summary>
    private static readonly TimeSpan KeepSilences = TimeSpan.FromHours(1);

    private static readonly Guid One = new("a1e27000-0000-4000-8000-000000000001");

    public string Kind => WorkKind;

    public Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<WorkItem>>([new WorkItem(WorkKind, One)]);

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await EvaluateAsync(cancellation);
        return TimeSpan.FromSeconds(options.Value.IntervalSeconds);
    }

    internal async Task EvaluateAsync(CancellationToken cancellation)
    {
        var began = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var projects = await Watched.ReadAsync(db, began, cancellation);
        var observations = new Observations();
        await cluster.LookAsync(projects, observations, began, cancellation);
        await prometheus.LookAsync(projects, observations, began, cancellation);
        var deliveries = await StoreAsync(db, projects, observations, began, cancellation);
        foreach (var delivery in deliveries) await work.EnqueueAsync(new WorkItem(DeliverAlerts.WorkKind, delivery), cancellation);
    }

    /// <returns>Deliveries to be made.</returns>
    private async Task<IReadOnlyList<Guid>> StoreAsync(
        BabyhelmDbContext db, IReadOnlyList<WatchedProject> projects, Observations observations, DateTimeOffset began, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var state = await db.Set<EvaluationState>().FromSql($"SELECT * FROM alert_evaluation WHERE id = {EvaluationState.OnlyId} FOR UPDATE").SingleAsync(cancellation);
        // Another process has looked since: its look is newer, or as new.
        if (state.EvaluatedAt >= began) return [];
        // Projects that went meanwhile: nothing can be stored for them. Those that are left stay until the end of this. Of those
        // that were not looked at, nothing is known.
        var there = (await db.Database.SqlQuery<Guid>($"SELECT id AS \"Value\" FROM projects WHERE state = 'Ready' FOR KEY SHARE").ToListAsync(cancellation)).ToHashSet();
        there.IntersectWith(projects.Select(p => p.Id));
        projects = [.. projects.Where(p => there.Contains(p.Id))];
        observations.Seen.RemoveAll(o => !there.Contains(o.Project.Id));
        await cluster.CountRestartsAsync(db, projects, observations, began, cancellation);

        var open = (await db.Set<AlertInstance>().Where(a => a.State != AlertState.Resolved || (a.NotifiedAt != null && a.EndNotifiedAt == null)).ToListAsync(cancellation))
            .Where(a => there.Contains(a.ProjectId)).ToList();
        var changes = AlertMachine.Step(open, observations, projects, began);
        db.AddRange(changes.Added);
        db.RemoveRange(changes.Dropped);
        var changed = changes.ChangedProjects.ToHashSet();
        var prometheusProblem = Clean(observations.PrometheusProblem);
        var isOther = state.PrometheusProblem != prometheusProblem;
        (state.EvaluatedAt, state.PrometheusProblem) = (began, prometheusProblem);
        foreach (var rule in await db.Set<AlertRule>().Where(r => r.Query != null && r.Enabled).ToListAsync(cancellation))
        {
            var problem = Clean(observations.RuleProblems.GetValueOrDefault(rule.Id) ?? (changes.Full.Contains(rule.Id) ? PrometheusLook.TooManyAlerts : null));
            if (rule.Problem == problem) continue;
            rule.Problem = problem;
            changed.Add(rule.ProjectId);
        }
        var alerts = open.Except(changes.Dropped).Concat(changes.Added).ToList();
        var deliveries = await notifier.PrepareAsync(db, projects, alerts, began, cancellation);
        changed.UnionWith(deliveries.Select(d => d.ProjectId));
        await db.SaveChangesAsync(cancellation);
        var oldest = began - Keep;
        await db.Set<AlertInstance>().Where(a => a.State == AlertState.Resolved && a.ResolvedAt < oldest).ExecuteDeleteAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"""
            DELETE FROM alerts WHERE id IN (
                SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY project_id, rule, application_id ORDER BY resolved_at DESC, id DESC) AS nth FROM alerts
                    WHERE state = 'Resolved' AND (notified_at IS NULL OR end_notified_at IS NOT NULL)) AS ended
                WHERE nth > {MaxEnded})
            """, cancellation);
        var past = began - KeepSilences;
        await db.Set<Silence>().Where(s => s.Until < past).ExecuteDeleteAsync(cancellation);
        foreach (var project in isOther ? there : changed) await Change.SendAsync(db, ChangeOf.Alert, project, cancellation);
        await transaction.CommitAsync(cancellation);
        return [.. deliveries.Select(d => d.Id)];
    }

    private static string? Clean(string? text) => text is null ? null : AlertText.Clean(text, AlertText.MaxSentence);
}
