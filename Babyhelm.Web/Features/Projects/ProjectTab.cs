namespace Babyhelm.Web.Features.Projects;

/// <summary>The parts of a project's page; each has its address.</summary>
/// <param name="Path">Last segment of the address; null for the applications.</param>
public sealed record ProjectTab(string? Path, string Title)
{
    public static readonly ProjectTab Applications = new(null, "Applications");
    public static readonly ProjectTab Metrics = new("metrics", "Metrics");
    public static readonly ProjectTab Grafana = new("grafana", "Grafana");
    public static readonly ProjectTab Members = new("members", "Members");
    public static readonly ProjectTab Alerts = new("alerts", "Alerts");
    public static readonly ProjectTab Registries = new("registries", "Registries");
    public static readonly ProjectTab Audit = new("audit", "Audit");

    public static readonly IReadOnlyList<ProjectTab> All = [Applications, Metrics, Grafana, Alerts, Members, Registries, Audit];

    /// <summary>Null for an address that is none.</summary>
    public static ProjectTab? Of(string? path) => All.FirstOrDefault(t => string.Equals(t.Path, path, StringComparison.OrdinalIgnoreCase));
}
