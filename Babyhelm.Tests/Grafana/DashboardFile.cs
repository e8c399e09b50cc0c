using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Grafana;
using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Tests.Grafana;

/// <summary>
/// The dashboards of <c>deploy/grafana</c> as they should be: those of projects and applications have the panels of Babyhelm's own pages,
/// with the same queries.
/// </summary>
internal static class DashboardFile
{
    private const int Width = 12;
    private const int Height = 8;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What kube-state-metrics tells may be told by several processes at once: it is never added up over them.
    private static readonly (string Title, PanelUnit Unit, string Query)[] Platform =
    [
        ("CPU", PanelUnit.Cores, """sum by (namespace) (rate(container_cpu_usage_seconds_total{pod!="", container="", image=""}[$__rate_interval]))"""),
        ("Memory", PanelUnit.Bytes, """sum by (namespace) (max by (namespace, pod) (container_memory_working_set_bytes{pod!="", container="", image=""}))"""),
        ("Requests", PanelUnit.RequestsPerSecond, "sum by (namespace) (rate(babyhelm_gateway_requests_total[$__rate_interval]))"),
        ("Errors", PanelUnit.Share, """sum by (namespace) (rate(babyhelm_gateway_requests_total{code="5xx"}[$__rate_interval])) / (sum by (namespace) (rate(babyhelm_gateway_requests_total[$__rate_interval])) > 0)"""),
        ("Latency (95 of 100 requests were faster)", PanelUnit.Seconds, "histogram_quantile(0.95, sum by (namespace, le) (rate(babyhelm_gateway_request_duration_seconds_bucket[$__rate_interval])))"),
        ("Pods that run", PanelUnit.Count, """count by (namespace) (max by (namespace, pod) (kube_pod_status_phase{phase="Running"}) == 1)"""),
        ("Restarts in 5 minutes", PanelUnit.Count, "sum by (namespace) (max by (namespace, pod, container) (changes(kube_pod_container_status_restarts_total[5m])))"),
        ("Network, in and out", PanelUnit.BytesPerSecond, """sum by (namespace) (rate(container_network_receive_bytes_total{interface!="lo"}[$__rate_interval])) + sum by (namespace) (rate(container_network_transmit_bytes_total{interface!="lo"}[$__rate_interval]))"""),
    ];

    /// <summary>By name of the file. Stands after what it is made of.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["namespace.json"] = Write(GrafanaDashboards.Namespace, "Babyhelm: project", [Namespace], PanelCatalog.Project.Select((p, at) => OfCatalog(p, at, "{{application}}"))),
        ["application.json"] = Write(GrafanaDashboards.Application, "Babyhelm: application", [Namespace, Application], PanelCatalog.Application.Select((p, at) => OfCatalog(p, at, "{{line}}"))),
        ["platform.json"] = Write(GrafanaDashboards.Platform, "Babyhelm: all projects", [], Platform.Select((p, at) => Panel(at + 1, p.Title, p.Unit, p.Query, "{{namespace}}", at))),
    };

    private static JsonObject Namespace => Variable("namespace", "Project", "label_values(kube_pod_info, namespace)");

    private static JsonObject Application => Variable("application", "Application", """label_values(kube_pod_container_info{namespace="$namespace"}, container)""");

    private static JsonObject Source => new() { ["type"] = "prometheus", ["uid"] = "babyhelm" };

    private static string Write(string uid, string title, JsonObject[] variables, IEnumerable<JsonObject> panels) => new JsonObject
    {
        ["uid"] = uid,
        ["title"] = title,
        ["tags"] = new JsonArray("babyhelm"),
        ["schemaVersion"] = 39,
        ["editable"] = false,
        ["timezone"] = "browser",
        ["refresh"] = "30s",
        ["time"] = new JsonObject { ["from"] = "now-1h", ["to"] = "now" },
        ["graphTooltip"] = 1,
        ["templating"] = new JsonObject { ["list"] = new JsonArray([.. variables]) },
        ["annotations"] = new JsonObject { ["list"] = new JsonArray() },
        ["links"] = new JsonArray(),
        ["panels"] = new JsonArray([.. panels]),
    }.ToJsonString(Indented) + "\n";

    private static JsonObject Variable(string name, string label, string query) => new()
    {
        ["name"] = name,
        ["label"] = label,
        ["type"] = "query",
        ["datasource"] = Source,
        ["query"] = new JsonObject { ["query"] = query, ["refId"] = name },
        ["refresh"] = 2,
        ["sort"] = 1,
        ["multi"] = false,
        ["includeAll"] = false,
    };

    private static JsonObject OfCatalog(PanelDefinition panel, int at, string legend)
    {
        var query = panel.Query.Replace("$namespace", "\"$namespace\"", StringComparison.Ordinal).Replace("$application", "\"$application\"", StringComparison.Ordinal)
            .Replace("$window", "$__rate_interval", StringComparison.Ordinal).Replace("$recent", "5m", StringComparison.Ordinal);
        var json = Panel(GrafanaDashboards.PanelId(panel.Code), panel.Hint is null ? panel.Title : $"{panel.Title} ({panel.Hint})", panel.Unit, query, legend, at);
        json["fieldConfig"]!["overrides"] = new JsonArray([.. panel.Lines.Where(l => l.Role != LineRole.Value).Select(Dashed)]);
        return json;
    }

    private static JsonObject Panel(int id, string title, PanelUnit unit, string query, string legend, int at) => new()
    {
        ["id"] = id,
        ["type"] = "timeseries",
        ["title"] = title,
        ["datasource"] = Source,
        ["gridPos"] = new JsonObject { ["x"] = at % 2 * Width, ["y"] = at / 2 * Height, ["w"] = Width, ["h"] = Height },
        ["fieldConfig"] = new JsonObject
        {
            ["defaults"] = new JsonObject { ["unit"] = Unit(unit), ["min"] = 0, ["custom"] = new JsonObject { ["lineWidth"] = 1, ["fillOpacity"] = 8, ["showPoints"] = "never" } },
            ["overrides"] = new JsonArray(),
        },
        ["options"] = new JsonObject
        {
            ["legend"] = new JsonObject { ["displayMode"] = "list", ["placement"] = "bottom", ["showLegend"] = true },
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" },
        },
        ["targets"] = new JsonArray(new JsonObject { ["refId"] = "A", ["datasource"] = Source, ["editorMode"] = "code", ["range"] = true, ["expr"] = query, ["legendFormat"] = legend }),
    };

    private static JsonObject Dashed(PanelLine line) => new()
    {
        ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = line.Key },
        ["properties"] = new JsonArray(
            new JsonObject { ["id"] = "custom.lineStyle", ["value"] = new JsonObject { ["fill"] = "dash", ["dash"] = new JsonArray(6, 4) } },
            new JsonObject { ["id"] = "custom.fillOpacity", ["value"] = 0 }),
    };

    private static string Unit(PanelUnit unit) => unit switch
    {
        PanelUnit.Bytes => "bytes",
        PanelUnit.BytesPerSecond => "binBps",
        PanelUnit.RequestsPerSecond => "reqps",
        PanelUnit.Share => "percentunit",
        PanelUnit.Seconds => "s",
        _ => "short",
    };
}
