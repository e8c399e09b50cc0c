using System.Globalization;
using System.Text;

namespace Babyhelm.Tests.Monitoring;

/// <summary>
/// Series of cAdvisor, kube-state-metrics and the gateway, as OpenMetrics, from two hours before the test run to two hours after it
/// began: pages ask for the last hour. Values are made up so that a sum over too many of them shows.
/// </summary>
public static class PanelData
{
    /// <summary>A whole hour, and a while ago: the same for every test of the run.</summary>
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 3600 * 3600);

    public const string Shop = "bh-shop";
    private const string Rival = "bh-rival";
    private const int Step = 15;

    public static string Text()
    {
        var text = new StringBuilder();
        WriteApp(text, Shop, "web", pods: 2, cpu: 0.11, memory: 40, withLimits: true);
        WriteApp(text, Shop, "api", pods: 1, cpu: 0.35, memory: 90, withLimits: false);
        WriteApp(text, Rival, "web", pods: 3, cpu: 7, memory: 3000, withLimits: true);
        // A run that has ended is still listed, with what it asked for.
        WritePod(text, Shop, "web", "web-28000000-abcde", "Succeeded", withLimits: true);
        return text.Append("# EOF\n").ToString();
    }

    private static void WriteApp(StringBuilder text, string ns, string app, int pods, double cpu, double memory, bool withLimits)
    {
        for (var pod = 0; pod < pods; pod++)
        {
            var name = $"{app}-7c9d8-{pod}abcd";
            var (labels, factor) = ($"namespace=\"{ns}\",pod=\"{name}\"", 1 + pod * 0.3);
            foreach (var container in new[] { app, "POD", "" })
            {
                var of = $"{labels},container=\"{container}\"";
                // Ten minutes without samples, half an hour ago.
                var share = container == "" ? 1 : container == "POD" ? 0.02 : 0.98; // the pod as a whole, and what is in it
                Write(text, "container_cpu_usage_seconds_total", of, t => share * cpu * factor * Wave(t, 700), hasGap: true);
                Write(text, "container_memory_working_set_bytes", of, t => share * memory * factor * 1024 * 1024 * (1 + t % 1700 / 9000));
            }
            Write(text, "container_network_receive_bytes_total", $"{labels},interface=\"eth0\"", t => 1500 * factor * Wave(t, 400));
            Write(text, "container_network_receive_bytes_total", $"{labels},interface=\"lo\"", t => 99_000 * t);
            Write(text, "container_network_transmit_bytes_total", $"{labels},interface=\"eth0\"", t => 4200 * factor * Wave(t, 900));
            Write(text, "kube_pod_container_info", $"{labels},container=\"{app}\"", _ => 1);
            WritePod(text, ns, app, name, "Running", withLimits);
            Write(text, "kube_pod_container_status_restarts_total", $"{labels},container=\"{app}\"", t => Math.Floor(t / 2000));
        }
        var deployment = $"namespace=\"{ns}\",deployment=\"{app}\"";
        Write(text, "kube_deployment_spec_replicas", deployment, _ => pods + 1);
        Write(text, "kube_deployment_status_replicas_ready", deployment, _ => pods);
        var own = $"namespace=\"{ns}\",application=\"{app}\"";
        Write(text, "babyhelm_gateway_requests_total", $"{own},release=\"1\",code=\"2xx\"", t => 3 * pods * Wave(t, 800));
        Write(text, "babyhelm_gateway_requests_total", $"{own},release=\"2\",code=\"2xx\"", t => 2 * pods * Wave(t, 500));
        if (app == "web") Write(text, "babyhelm_gateway_requests_total", $"{own},release=\"2\",code=\"5xx\"", t => 0.25 * Wave(t, 300));
        foreach (var (le, share) in new[] { ("0.1", 0.6), ("0.5", 0.97), ("1", 1), ("+Inf", 1.0) })
            Write(text, "babyhelm_gateway_request_duration_seconds_bucket", $"{own},le=\"{le}\"", t => share * pods * t);
    }

    private static void WritePod(StringBuilder text, string ns, string app, string pod, string phase, bool withLimits)
    {
        var labels = $"namespace=\"{ns}\",pod=\"{pod}\"";
        foreach (var one in new[] { "Running", "Succeeded" }) Write(text, "kube_pod_status_phase", $"{labels},phase=\"{one}\"", _ => one == phase ? 1 : 0);
        foreach (var (resource, request, limit) in new[] { ("cpu", 0.1, 0.5), ("memory", 64d * 1024 * 1024, 256d * 1024 * 1024) })
        {
            var of = $"{labels},container=\"{app}\",resource=\"{resource}\",unit=\"{(resource == "cpu" ? "core" : "byte")}\"";
            Write(text, "kube_pod_container_resource_requests", of, _ => request);
            if (withLimits) Write(text, "kube_pod_container_resource_limits", of, _ => limit);
            if (withLimits) Write(text, "kube_pod_container_resource_limits", $"{of},instance=\"another\"", _ => limit); // two processes tell it
        }
    }

    /// <summary>Grows by 1 a second on average, at times by 0.4 or by 1.6.</summary>
    private static double Wave(double t, double length) => t - 0.6 * length * Math.Cos(t / length) + 0.6 * length;

    /// <param name="value">By the seconds since the first sample.</param>
    private static void Write(StringBuilder text, string metric, string labels, Func<double, double> value, bool hasGap = false)
    {
        const int Half = 2 * 3600;
        for (var t = 0; t <= 2 * Half; t += Step)
        {
            if (hasGap && t is > Half - 1800 and < Half - 1200) continue;
            text.Append(CultureInfo.InvariantCulture, $"{metric}{{{labels}}} {value(t)} {Now.ToUnixTimeSeconds() - Half + t}\n");
        }
    }
}
