namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>What a rule looks at; all but the last two are ready-made.</summary>
public enum AlertKind
{
    Down, CrashLooping, Restarts, RolloutFailed, Cpu, Memory, Errors, Latency, Certificate, Volume, Quota,

    /// <summary>A PromQL expression of the project's own.</summary>
    Custom,

    /// <summary>A PromQL expression whose value is far from that of the same hour of past days.</summary>
    Anomaly,
}

/// <summary>From least to most.</summary>
public enum AlertSeverity { Info, Warning, Critical }
