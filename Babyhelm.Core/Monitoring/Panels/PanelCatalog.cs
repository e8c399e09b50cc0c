namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>
/// All panels. Names of series are those of cAdvisor and kube-state-metrics, and of Babyhelm's gateway. What is used is asked for each
/// pod as a whole, as some kubelets tell nothing of its containers; whose pod it is, kube-state-metrics tells by the container that
/// has the application's name: names of pods could belong to two. What kube-state-metrics tells may be told by several
/// processes of Babyhelm at once: it is never added up over them.
/// </summary>
public static class PanelCatalog
{
    private const string Running = """ and on(namespace, pod) (kube_pod_status_phase{namespace=$namespace, phase="Running"} == 1)""";
    private const string OwnPods = "namespace=$namespace, container=$application";
    private const string Pods = """namespace=$namespace, pod!="", container="", image="" """;
    private const string OwnRequests = "namespace=$namespace, application=$application";

    private const string Own = $$""" and on(namespace, pod) kube_pod_container_info{{{OwnPods}}}""";
    private const string OfAll = """ * on(namespace, pod) group_left(container) topk by (namespace, pod) (1, max by (namespace, pod, container) (kube_pod_container_info{namespace=$namespace}))""";

    /// <summary>Of one application.</summary>
    public static readonly IReadOnlyList<PanelDefinition> Application =
    [
        new("cpu", "CPU", PanelUnit.Cores,
            Lines(("usage", $$"""sum(rate(container_cpu_usage_seconds_total{{{Pods}}}[$window]){{Own}})"""), ("request", Reserved("requests", "cpu")), ("limit", Reserved("limits", "cpu"))),
            new PanelLine("usage", "used"), new PanelLine("request", "requested", LineRole.Request), new PanelLine("limit", "limit", LineRole.Limit)),
        new("memory", "Memory", PanelUnit.Bytes,
            Lines(("usage", $$"""sum(container_memory_working_set_bytes{{{Pods}}}{{Own}})"""), ("request", Reserved("requests", "memory")), ("limit", Reserved("limits", "memory"))),
            new PanelLine("usage", "used"), new PanelLine("request", "requested", LineRole.Request), new PanelLine("limit", "limit", LineRole.Limit)),
        new("requests", "Requests", PanelUnit.RequestsPerSecond,
            $$"""label_replace(sum by (code) (rate(babyhelm_gateway_requests_total{{{OwnRequests}}}[$window])), "line", "$1", "code", "(.*)")""",
            new PanelLine("2xx", "2xx done", Expected: false), new PanelLine("3xx", "3xx sent on", Expected: false), new PanelLine("4xx", "4xx refused", Expected: false),
            new PanelLine("5xx", "5xx failed", Expected: false), new PanelLine("1xx", "1xx upgraded", Expected: false), new PanelLine("canceled", "given up", Expected: false)) { Need = PanelNeed.Requests },
        new("errors", "Errors", PanelUnit.Share, Lines(("errors", ErrorShare("", OwnRequests))), new PanelLine("errors", "failed (5xx)")) { Need = PanelNeed.Requests, Hint = "share of all requests" },
        new("latency", "Latency", PanelUnit.Seconds,
            Lines(("p50", Quantile("0.5", "le", OwnRequests)), ("p95", Quantile("0.95", "le", OwnRequests)), ("p99", Quantile("0.99", "le", OwnRequests))),
            new PanelLine("p50", "p50"), new PanelLine("p95", "p95"), new PanelLine("p99", "p99")) { Need = PanelNeed.Requests, Hint = "of 100 requests, 50, 95 and 99 were faster" },
        new("replicas", "Replicas", PanelUnit.Count,
            Lines(("ready", Replicas("status_replicas_ready")), ("wanted", Replicas("spec_replicas"))),
            new PanelLine("ready", "ready"), new PanelLine("wanted", "wanted", LineRole.Request)) { Need = PanelNeed.Deployment },
        new("restarts", "Restarts", PanelUnit.Count,
            Lines(("restarts", $$"""sum(max by (namespace, pod) (changes(kube_pod_container_status_restarts_total{{{OwnPods}}}[$recent])))""")), new PanelLine("restarts", "restarts")) { Hint = "of containers, in 5 minutes or since the last point" },
        new("network", "Network", PanelUnit.BytesPerSecond,
            Lines(("in", $"sum({Traffic("receive")}{Own})"), ("out", $"sum({Traffic("transmit")}{Own})")), new PanelLine("in", "in"), new PanelLine("out", "out")),
    ];

    /// <summary>Of a project, by application.</summary>
    public static readonly IReadOnlyList<PanelDefinition> Project =
    [
        new("cpu", "CPU", PanelUnit.Cores, Named(Cpu)) { AddsUp = true },
        new("memory", "Memory", PanelUnit.Bytes, Named(Memory)) { AddsUp = true },
        new("requests", "Requests", PanelUnit.RequestsPerSecond, Requests) { Need = PanelNeed.Requests, AddsUp = true },
        new("errors", "Errors", PanelUnit.Share, ErrorShare(" by (application)", "namespace=$namespace")) { Need = PanelNeed.Requests, Hint = "share of all requests that failed (5xx)" },
        new("latency", "Latency", PanelUnit.Seconds, Quantile("0.95", "application, le", "namespace=$namespace")) { Need = PanelNeed.Requests, Hint = "95 of 100 requests were faster" },
        new("replicas", "Ready replicas", PanelUnit.Count, Named("""max by (deployment) (kube_deployment_status_replicas_ready{namespace=$namespace})""", "deployment")) { Need = PanelNeed.Deployment, AddsUp = true },
        new("restarts", "Restarts", PanelUnit.Count, Named("""sum by (container) (max by (namespace, pod, container) (changes(kube_pod_container_status_restarts_total{namespace=$namespace}[$recent])))""")) { AddsUp = true, Hint = "of containers, in 5 minutes or since the last point" },
        new("network", "Network", PanelUnit.BytesPerSecond, Named($"sum by (container) (({Traffic("receive")} + on(namespace, pod, interface) {Traffic("transmit")}){OfAll})")) { AddsUp = true, Hint = "in and out" },
    ];

    /// <summary>For a list of a project's applications: all small charts by one query.</summary>
    internal static readonly PanelDefinition Overview = new("overview", "Overview", PanelUnit.Count,
        Lines(("cpu", Named(Cpu)), ("memory", Named(Memory)), ("requests", Requests)),
        new PanelLine("cpu", "CPU"), new PanelLine("memory", "Memory"), new PanelLine("requests", "Requests", Expected: false))
    {
        ByBoth = true,
    };

    private const string Cpu = $$"""sum by (container) (sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{{{Pods}}}[$window])){{OfAll}})""";
    private const string Memory = $$"""sum by (container) (max by (namespace, pod) (container_memory_working_set_bytes{{{Pods}}}){{OfAll}})""";
    private const string Requests = """sum by (application) (rate(babyhelm_gateway_requests_total{namespace=$namespace}[$window]))""";

    private static string Lines(params (string Key, string Query)[] lines) =>
        string.Join(" or ", lines.Select(l => $"""label_replace({l.Query}, "line", "{l.Key}", "", "")"""));

    private static string Named(string query, string label = "container") => $"""label_replace({query}, "application", "$1", "{label}", "(.+)")""";

    /// <summary>Only of pods that run: those that have ended keep theirs for as long as they are listed.</summary>
    private static string Reserved(string what, string resource) =>
        $$"""sum(max by (namespace, pod) (kube_pod_container_resource_{{what}}{{{OwnPods}}, resource="{{resource}}"}){{Running}})""";

    private static string Replicas(string what) => $$"""max(kube_deployment_{{what}}{namespace=$namespace, deployment=$application})""";

    private static string Traffic(string direction) => $$"""sum by (namespace, pod, interface) (rate(container_network_{{direction}}_bytes_total{namespace=$namespace, interface!="lo"}[$window]))""";

    /// <summary>Nothing while there are no requests: a share of none is no number.</summary>
    private static string ErrorShare(string by, string matchers) =>
        $$"""(sum{{by}} (rate(babyhelm_gateway_requests_total{{{matchers}}, code="5xx"}[$window])) or sum{{by}} (rate(babyhelm_gateway_requests_total{{{matchers}}}[$window])) * 0) / (sum{{by}} (rate(babyhelm_gateway_requests_total{{{matchers}}}[$window])) > 0)""";

    private static string Quantile(string quantile, string by, string matchers) =>
        $$"""histogram_quantile({{quantile}}, sum by ({{by}}) (rate(babyhelm_gateway_request_duration_seconds_bucket{{{matchers}}}[$window])))""";
}
