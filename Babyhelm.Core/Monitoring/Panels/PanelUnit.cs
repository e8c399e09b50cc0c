namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>What the numbers of a panel count.</summary>
public enum PanelUnit
{
    /// <summary>CPU: 1 is one core all the time.</summary>
    Cores,
    Bytes,
    BytesPerSecond,
    Count,
    RequestsPerSecond,

    /// <summary>0 to 1.</summary>
    Share,
    Seconds,
}
