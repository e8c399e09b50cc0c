using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts;

/// <summary>An alert as a project's members see it.</summary>
/// <param name="Value">Null where it is no finite number.</param>
/// <param name="Silenced">Nobody is told of it now, because somebody said so.</param>
public sealed record AlertView(
    Guid Id, string Rule, string Title, string? Application, AlertState State, AlertSeverity Severity, string Summary, double? Value, double? Threshold, string Unit,
    IReadOnlyDictionary<string, string> Labels, DateTimeOffset Since, DateTimeOffset? FiringAt, DateTimeOffset? ResolvedAt, bool Silenced);

/// <param name="EvaluatedAt">When rules were last looked at; null before the first time.</param>
/// <param name="PrometheusProblem">Why rules that need Prometheus say nothing now, and their alerts keep their state; null where they do.</param>
/// <param name="Alerts">Firing, then pending, then those that ended within a week, at most 200.</param>
public sealed record AlertList(DateTimeOffset? EvaluatedAt, string? PrometheusProblem, IReadOnlyList<AlertView> Alerts)
{
    public int Firing => Alerts.Count(a => a.State == AlertState.Firing);
}

public sealed record DeliveryView(
    Guid Id, string Channel, MessageKind Kind, string Subject, DateTimeOffset CreatedAt, int Attempts, DeliveryOutcome Outcome, string? Answer, DateTimeOffset? NextTryAt, DateTimeOffset? FinishedAt);

/// <summary>Reads alerts and deliveries of a project. Every method checks the caller itself.</summary>
public sealed class AlertQueries(IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, TimeProvider time)
{
    private const int MaxAlerts = 200;
    private const int MaxDeliveries = 100;

    /// <param name="application">Only those of this one; null for all.</param>
    public async Task<Result<AlertList>> ListAsync(Caller caller, string projectName, string? application, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        if ((await AlertAccess.ApplicationAsync(db, project.Id, application, cancellation)).Failed(out error, out var app)) return error;
        var now = time.GetUtcNow();
        var alerts = await db.Set<AlertInstance>().AsNoTracking().Where(a => a.ProjectId == project.Id && (app.Id == null || a.ApplicationId == app.Id))
            .OrderBy(a => a.State == AlertState.Firing ? 0 : a.State == AlertState.Pending ? 1 : 2).ThenByDescending(a => a.ResolvedAt ?? a.Since).Take(MaxAlerts).ToListAsync(cancellation);
        var silences = await db.Set<Silence>().AsNoTracking().Where(s => s.ProjectId == project.Id && s.From <= now && s.Until > now).ToListAsync(cancellation);
        var state = await db.Set<EvaluationState>().AsNoTracking().SingleAsync(cancellation);
        return new AlertList(state.EvaluatedAt, state.PrometheusProblem, alerts.ConvertAll(a => new AlertView(
            a.Id, a.Rule, a.Title, a.Application, a.State, a.Severity, a.Summary, double.IsFinite(a.Value) ? a.Value : null, a.Threshold, a.Unit, a.Labels, a.Since, a.FiringAt, a.ResolvedAt,
            a.State != AlertState.Resolved && silences.Any(s => s.Covers(a, now)))));
    }

    /// <summary>The newest deliveries, of all channels.</summary>
    public async Task<Result<IReadOnlyList<DeliveryView>>> DeliveriesAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        var rows = await db.Set<AlertDelivery>().AsNoTracking().Where(d => d.ProjectId == project.Id).OrderByDescending(d => d.Id).Take(MaxDeliveries)
            .Join(db.Set<AlertChannel>(), d => d.ChannelId, c => c.Id, (d, c) => new { d, c.Name }).OrderByDescending(x => x.d.Id).ToListAsync(cancellation);
        return rows.ConvertAll(x => new DeliveryView(x.d.Id, x.Name, x.d.Message.Kind, x.d.Message.Subject, x.d.CreatedAt, x.d.Attempts, x.d.Outcome, x.d.Answer,
            x.d.Outcome == DeliveryOutcome.Waiting ? x.d.NextTryAt : null, x.d.FinishedAt));
    }

    /// <summary>Tries a delivery now that waits or has failed. <see cref="Conflict"/> for one that arrived, or is a test; <see cref="TooMany"/> shortly after another.</summary>
    public async Task<Result<Done>> RetryAsync(Caller caller, string projectName, Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageChannels, cancellation)).Failed(out var error, out var project)) return error;
        var delivery = await db.Set<AlertDelivery>().AsNoTracking().FirstOrDefaultAsync(d => d.ProjectId == project.Id && d.Id == id, cancellation);
        if (delivery is null) return new NotFound("There is no such delivery.");
        if (delivery.Outcome == DeliveryOutcome.Delivered) return new Conflict("It has arrived: it is not sent twice.", "delivered");
        if (delivery.Message.Kind == MessageKind.Test) return new Conflict("This was a test: send another one.", "test-message");
        var now = time.GetUtcNow();
        if ((await SendsByHand.ClaimAsync(db, AlertAccess.Entry(caller, SendsByHand.Retry, project, $"alert-delivery/{id}", time), now, cancellation)).Failed(out error, out _)) return error;
        // One that is being tried at this moment is left alone: it may arrive.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Failed)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.Outcome, DeliveryOutcome.Waiting).SetProperty(d => d.Attempts, 0).SetProperty(d => d.NextTryAt, now).SetProperty(d => d.FinishedAt, (DateTimeOffset?)null), cancellation);
        await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && !d.IsTrying)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextTryAt, now), cancellation);
        await Change.SendAsync(db, ChangeOf.Alert, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(DeliverAlerts.WorkKind, id), cancellation);
        return Done.Result;
    }
}
