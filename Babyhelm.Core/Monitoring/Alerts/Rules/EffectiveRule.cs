namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>Where the numbers of a rule come from.</summary>
public enum RuleOrigin { Default, Project, Application }

/// <summary>A rule as it holds for an application, or for the project.</summary>
/// <param name="RowId">The row that says so; null for a ready-made rule as it comes.</param>
public sealed record EffectiveRule(
    AlertKind Kind, string Name, string Title, string Unit, string? Query, double? Threshold, TimeSpan For, AlertSeverity Severity, bool Enabled, RuleOrigin Origin, Guid? RowId)
{
    /// <summary>A certificate's days count down; everything else goes up.</summary>
    public bool IsBreachedBy(double value) => !double.IsNaN(value) && (Threshold is not { } threshold || (Kind == AlertKind.Certificate ? value < threshold
        : Kind == AlertKind.Restarts ? value >= threshold : value > threshold));

    public static EffectiveRule Of(ReadyMadeRule rule, AlertRule? changed) => changed is null
        ? new(rule.Kind, rule.Name, rule.Title, rule.Unit, null, rule.Threshold, rule.For, rule.Severity, true, RuleOrigin.Default, null)
        : new(rule.Kind, rule.Name, rule.Title, rule.Unit, null, rule.Threshold is null ? null : changed.Threshold ?? rule.Threshold, TimeSpan.FromSeconds(changed.ForSeconds), changed.Severity,
            changed.Enabled, changed.ApplicationId is null ? RuleOrigin.Project : RuleOrigin.Application, changed.Id);

    public static EffectiveRule Of(AlertRule own) => new(
        own.Kind, own.Name, own.Name, own.Kind == AlertKind.Anomaly ? "spreads" : "", own.Query, own.Threshold, TimeSpan.FromSeconds(own.ForSeconds), own.Severity, own.Enabled, RuleOrigin.Project, own.Id);
}

/// <summary>The rules of one project: what comes ready-made, as it was changed, and its own.</summary>
public sealed class RuleBook(IEnumerable<AlertRule> rows)
{
    private readonly Dictionary<(Guid? Application, string Name), AlertRule> _rows = rows.ToDictionary(r => (r.ApplicationId, r.Name));

    /// <param name="application">Null for the project's level.</param>
    public EffectiveRule Get(ReadyMadeRule rule, Guid? application) => EffectiveRule.Of(rule,
        (application is not null ? _rows.GetValueOrDefault((application, rule.Name)) : null) ?? _rows.GetValueOrDefault((null, rule.Name)));

    public EffectiveRule Get(AlertKind kind, Guid? application) => Get(ReadyMadeRule.Of(kind)!, application);

    /// <summary>Rules that the project wrote, by name.</summary>
    public IEnumerable<EffectiveRule> Own() => OwnRows.Select(EffectiveRule.Of);

    internal IEnumerable<AlertRule> OwnRows => _rows.Values.Where(r => r.Query is not null).OrderBy(r => r.Name, StringComparer.Ordinal);
}
