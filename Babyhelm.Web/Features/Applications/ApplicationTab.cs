namespace Babyhelm.Web.Features.Applications;

/// <summary>The parts of an application's page; each has its address.</summary>
/// <param name="Path">Last segment of the address; null for the overview.</param>
public sealed record ApplicationTab(string? Path, string Title)
{
    public static readonly ApplicationTab Overview = new(null, "Overview");
    public static readonly ApplicationTab Releases = new("releases", "Releases");
    public static readonly ApplicationTab Logs = new("logs", "Logs");
    public static readonly ApplicationTab Metrics = new("metrics", "Metrics");
    public static readonly ApplicationTab Grafana = new("grafana", "Grafana");
    public static readonly ApplicationTab Events = new("events", "Events");
    public static readonly ApplicationTab Alerts = new("alerts", "Alerts");
    public static readonly ApplicationTab Terminal = new("terminal", "Terminal");
    public static readonly ApplicationTab Hook = new("hook", "Deploy hook");
    public static readonly ApplicationTab Settings = new("settings", "Settings");

    public static readonly IReadOnlyList<ApplicationTab> All = [Overview, Releases, Logs, Metrics, Grafana, Events, Alerts, Terminal, Hook, Settings];

    /// <summary>Null for an address that is none.</summary>
    public static ApplicationTab? Of(string? path) => All.FirstOrDefault(t => string.Equals(t.Path, path, StringComparison.OrdinalIgnoreCase));
}
