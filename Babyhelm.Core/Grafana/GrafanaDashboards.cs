namespace Babyhelm.Core.Grafana;

/// <summary>What of the dashboards of <c>deploy/grafana</c> pages refer to. The numbers stay: a Grafana has the files of some version.</summary>
public static class GrafanaDashboards
{
    /// <summary>Of a project, with the variable <c>namespace</c>.</summary>
    public const string Namespace = "babyhelm-namespace";

    /// <summary>Of an application, with the variables <c>namespace</c> and <c>application</c>.</summary>
    public const string Application = "babyhelm-application";

    /// <summary>Of all projects that the viewer sees.</summary>
    public const string Platform = "babyhelm-platform";

    private static readonly Dictionary<string, int> Ids = new()
    {
        ["cpu"] = 1,
        ["memory"] = 2,
        ["requests"] = 3,
        ["errors"] = 4,
        ["latency"] = 5,
        ["replicas"] = 6,
        ["restarts"] = 7,
        ["network"] = 8,
    };

    /// <param name="panel">Code of one of <see cref="Monitoring.Panels.PanelCatalog"/>.</param>
    public static int PanelId(string panel) => Ids[panel];
}
