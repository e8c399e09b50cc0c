using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>What a rule is to be; null takes the ready-made rule's, or as it is.</summary>
/// <param name="Query">PromQL of a rule of one's own; none for ready-made ones.</param>
/// <param name="Anomaly">The query's value is compared with the same hour of past days; the threshold counts spreads.</param>
/// <param name="ForSeconds">0 to 86,400.</param>
public sealed record RuleGiven(string? Query = null, bool? Anomaly = null, double? Threshold = null, int? ForSeconds = null, AlertSeverity? Severity = null, bool? Enabled = null);

/// <summary>A rule as a project's members see it.</summary>
/// <param name="Application">Where it is for one application; null for all.</param>
/// <param name="IsReadyMade">False for rules that the project wrote.</param>
/// <param name="Origin">Where its numbers come from.</param>
/// <param name="NeedsPrometheus">It says nothing without.</param>
/// <param name="Problem">Why it says nothing now; null where it does.</param>
public sealed record RuleView(
    string Name, string Title, string? Application, bool IsReadyMade, bool Anomaly, string? Query, double? Threshold, string Unit, int ForSeconds, AlertSeverity Severity, bool Enabled,
    RuleOrigin Origin, bool NeedsPrometheus, string? Problem);

/// <summary>The rules of a project: read, changed, written and removed. Every method checks the caller itself.</summary>
public sealed class AlertRules(IDbContextFactory<BabyhelmDbContext> contexts, IOptions<PrometheusOptions> prometheus, TimeProvider time)
{
    /// <summary>The ready-made rules, then the project's own by name, then what differs for single applications.</summary>
    /// <param name="application">Only what holds for this one; null for the project.</param>
    public async Task<Result<IReadOnlyList<RuleView>>> ListAsync(Caller caller, string projectName, string? application, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        if ((await AlertAccess.ApplicationAsync(db, project.Id, application, cancellation)).Failed(out error, out var app)) return error;
        var rows = await db.Set<AlertRule>().AsNoTracking().Where(r => r.ProjectId == project.Id).ToListAsync(cancellation);
        var book = new RuleBook(rows);
        var list = ReadyMadeRule.All.Where(r => app.Id is null || !r.OfProject).Select(r => View(book.Get(r, app.Id), app.Name, null)).ToList();
        if (app.Id is null)
        {
            list.AddRange(book.OwnRows.Select(r => View(EffectiveRule.Of(r), null, r.Problem)));
            var names = await db.Set<Application>().Where(a => a.ProjectId == project.Id).ToDictionaryAsync(a => a.Id, a => a.Name, cancellation);
            list.AddRange(rows.Where(r => r.ApplicationId is not null && names.ContainsKey(r.ApplicationId.Value))
                .Select(r => View(book.Get(r.Kind, r.ApplicationId), names[r.ApplicationId!.Value], null)).OrderBy(r => r.Application, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal));
        }
        return list;
    }

    /// <summary>
    /// Changes a ready-made rule, for all applications or for one; or writes a rule of the project's own. What is not given stays.
    /// <see cref="Invalid"/> names each bad field.
    /// </summary>
    public async Task<Result<RuleView>> SetAsync(Caller caller, string projectName, string name, string? application, RuleGiven given, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageAlerts, cancellation)).Failed(out var error, out var project)) return error;
        if ((await AlertAccess.ApplicationAsync(db, project.Id, application, cancellation)).Failed(out error, out var app)) return error;
        var row = await db.Set<AlertRule>().FirstOrDefaultAsync(r => r.ProjectId == project.Id && r.ApplicationId == app.Id && r.Name == name, cancellation);
        var readyMade = ReadyMadeRule.Of(name);
        var faults = RuleFaults.Of(name, readyMade, app, given, row, project.Namespace);
        if (faults.Count > 0) return new Invalid(faults);
        var before = row is null ? [] : Facts(row);
        if (row is null)
        {
            if (readyMade is null && await db.Set<AlertRule>().CountAsync(r => r.ProjectId == project.Id && r.Query != null, cancellation) >= AlertRule.MaxOwn)
                return new Conflict($"A project has at most {AlertRule.MaxOwn} rules of its own.", "too-many-rules");
            var holds = readyMade is null ? null : new RuleBook(await db.Set<AlertRule>().AsNoTracking().Where(r => r.ProjectId == project.Id).ToListAsync(cancellation)).Get(readyMade, app.Id);
            row = new AlertRule
            {
                ProjectId = project.Id,
                ApplicationId = app.Id,
                Kind = readyMade?.Kind ?? (given.Anomaly == true ? AlertKind.Anomaly : AlertKind.Custom),
                Name = name,
                Threshold = holds?.Threshold,
                ForSeconds = holds is null ? 300 : (int)holds.For.TotalSeconds,
                Severity = holds?.Severity ?? AlertSeverity.Warning,
                Enabled = holds?.Enabled ?? true,
            };
            db.Add(row);
        }
        row.Query = readyMade is null ? given.Query ?? row.Query : null;
        row.Threshold = readyMade is { Threshold: null } ? null : given.Threshold ?? row.Threshold;
        row.ForSeconds = given.ForSeconds ?? row.ForSeconds;
        row.Severity = given.Severity ?? row.Severity;
        row.Enabled = given.Enabled ?? row.Enabled;
        row.UpdatedAt = time.GetUtcNow();
        db.Add(AlertAccess.Entry(caller, "alert-rule.change", project, Subject(name, app), time) with { Changes = Changes(before, Facts(row)) });
        if ((await AlertAccess.SaveAsync(db, project, "Somebody else has just made this rule. Look at it again.", cancellation)).Failed(out error, out _)) return error;
        return View(readyMade is null ? EffectiveRule.Of(row) : EffectiveRule.Of(readyMade, row), app.Name, row.Problem);
    }

    /// <summary>Removes a rule of the project's own; of a ready-made one, what was changed.</summary>
    public async Task<Result<Done>> DeleteAsync(Caller caller, string projectName, string name, string? application, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageAlerts, cancellation)).Failed(out var error, out var project)) return error;
        if ((await AlertAccess.ApplicationAsync(db, project.Id, application, cancellation)).Failed(out error, out var app)) return error;
        var row = await db.Set<AlertRule>().FirstOrDefaultAsync(r => r.ProjectId == project.Id && r.ApplicationId == app.Id && r.Name == name, cancellation);
        if (row is null)
            return ReadyMadeRule.Of(name) is null ? new NotFound($"The project has no rule '{AlertAccess.Clip(name)}'.") : new Conflict("The rule is as it comes: nothing of it was changed here.", "not-changed");
        db.Remove(row);
        db.Add(AlertAccess.Entry(caller, "alert-rule.delete", project, Subject(name, app), time) with { Changes = Changes(Facts(row), []) });
        return await AlertAccess.SaveAsync(db, project, "", cancellation);
    }

    private static string Subject(string name, ForApplication app) => app.Name is null ? $"alert-rule/{name}" : $"app/{app.Name}/alert-rule/{name}";

    private RuleView View(EffectiveRule rule, string? application, string? problem)
    {
        var readyMade = ReadyMadeRule.Of(rule.Kind);
        var needs = readyMade?.NeedsPrometheus ?? true;
        return new RuleView(rule.Name, rule.Title, application, readyMade is not null, rule.Kind == AlertKind.Anomaly, rule.Query, rule.Threshold, rule.Unit, (int)rule.For.TotalSeconds, rule.Severity, rule.Enabled,
            rule.Origin, needs, !rule.Enabled ? null : needs && prometheus.Value.Url is null ? "Needs Prometheus, which is not set up on this platform." : problem);
    }

    private static List<(string Field, string? Value)> Facts(AlertRule r) =>
    [
        ("query", r.Query), ("threshold", r.Threshold is { } t ? FormattableString.Invariant($"{t}") : null), ("forSeconds", $"{r.ForSeconds}"),
        ("severity", r.Severity.ToString().ToLowerInvariant()), ("enabled", r.Enabled ? "true" : "false"),
    ];

    private static IReadOnlyList<AuditChange> Changes(List<(string Field, string? Value)> before, List<(string Field, string? Value)> after) =>
    [
        .. before.Select(b => b.Field).Union(after.Select(a => a.Field))
            .Select(f => new AuditChange(f, before.FirstOrDefault(b => b.Field == f).Value, after.FirstOrDefault(a => a.Field == f).Value)).Where(c => c.Before != c.After),
    ];
}
