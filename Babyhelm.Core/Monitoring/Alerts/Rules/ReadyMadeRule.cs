namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>A rule that every application, or project, has without anybody making it.</summary>
/// <param name="Name">Stable, in addresses and messages.</param>
/// <param name="Threshold">Null where nothing is counted: it holds or it doesn't.</param>
/// <param name="Unit">Of value and threshold, as it stands behind a number.</param>
/// <param name="For">How long it has to hold before it fires.</param>
public sealed record ReadyMadeRule(AlertKind Kind, string Name, string Title, double? Threshold, string Unit, TimeSpan For, AlertSeverity Severity)
{
    /// <summary>Read from Prometheus; the others need nothing but the cluster and the database.</summary>
    public bool NeedsPrometheus => Kind is AlertKind.Cpu or AlertKind.Memory or AlertKind.Errors or AlertKind.Latency or AlertKind.Volume;

    /// <summary>Of the project as a whole, not of an application.</summary>
    public bool OfProject => Kind == AlertKind.Quota;

    /// <summary>Most that the threshold can be; the least is above 0.</summary>
    public double MostThreshold => Unit == "%" ? 100 : Kind == AlertKind.Certificate ? 365 : 1_000_000;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static readonly IReadOnlyList<ReadyMadeRule> All =
    [
        new(AlertKind.Down, "down", "Down", null, "ready", Minute, AlertSeverity.Critical),
        new(AlertKind.CrashLooping, "crash-looping", "Crash looping", null, "pods", Minute, AlertSeverity.Critical),
        new(AlertKind.RolloutFailed, "rollout-failed", "Rollout failed", null, "release", TimeSpan.Zero, AlertSeverity.Warning),
        new(AlertKind.Restarts, "restarts", "Restarts within 15 minutes", 3, "restarts", TimeSpan.Zero, AlertSeverity.Warning),
        new(AlertKind.Cpu, "cpu", "CPU near its limit", 90, "%", 10 * Minute, AlertSeverity.Warning),
        new(AlertKind.Memory, "memory", "Memory near its limit", 90, "%", 5 * Minute, AlertSeverity.Warning),
        new(AlertKind.Errors, "errors", "Share of failed requests", 5, "%", 5 * Minute, AlertSeverity.Critical),
        new(AlertKind.Latency, "latency", "Slow answers (95th percentile)", 2000, "ms", 10 * Minute, AlertSeverity.Warning),
        new(AlertKind.Certificate, "certificate", "Certificate near its end", 14, "days left", Minute, AlertSeverity.Warning),
        new(AlertKind.Volume, "volume", "Volume nearly full", 90, "%", 5 * Minute, AlertSeverity.Warning),
        new(AlertKind.Quota, "quota", "Quota nearly used up", 90, "%", 5 * Minute, AlertSeverity.Warning),
    ];

    /// <summary>Null for rules that projects write.</summary>
    public static ReadyMadeRule? Of(AlertKind kind) => All.FirstOrDefault(r => r.Kind == kind);

    /// <summary>Null for a name that no ready-made rule has.</summary>
    public static ReadyMadeRule? Of(string name) => All.FirstOrDefault(r => r.Name == name);
}
