using System.Globalization;
using System.Text;
using Babyhelm.Tests.Rollouts;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>
/// Series of the application <c>web</c> around <see cref="Make.T0"/>, as OpenMetrics: well, then near every limit from
/// <see cref="BadFrom"/> to <see cref="BadUntil"/>, then well again. A stranger's application is near them all the time.
/// </summary>
internal static class TroubleData
{
    public static readonly DateTimeOffset BadFrom = Make.T0.AddMinutes(10);
    public static readonly DateTimeOffset BadUntil = Make.T0.AddMinutes(40);

    private static readonly DateTimeOffset Start = Make.T0.AddMinutes(-15);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(90);

    public static string Text()
    {
        var text = new StringBuilder();
        Write(text, Make.Ns, t => t >= BadFrom && t < BadUntil);
        Write(text, "another", _ => true);
        return text.Append("# EOF\n").ToString();
    }

    private static void Write(StringBuilder text, string ns, Func<DateTimeOffset, bool> isBad)
    {
        var pod = $"namespace=\"{ns}\",pod=\"{Make.ReadyPod().Metadata.Name}\"";
        var app = $"namespace=\"{ns}\",application=\"{Make.App}\",release=\"1\"";
        // The pod as a whole, and its container once more: nothing may be counted twice. Limits are 1 core and 100 MB.
        foreach (var of in new[] { pod, $"{pod},container=\"web\",image=\"demo/hello:1\"" })
        {
            Counter("container_cpu_usage_seconds_total", of, bad => bad ? 0.95 : 0.3);
            Gauge("container_memory_working_set_bytes", of, bad => bad ? 97e6 : 30e6);
        }
        Counter("babyhelm_gateway_requests_total", $"{app},code=\"2xx\"", bad => bad ? 3.5 : 4);
        Counter("babyhelm_gateway_requests_total", $"{app},code=\"5xx\"", bad => bad ? 0.5 : 0);
        foreach (var (le, well, ill) in new[] { ("0.1", 4d, 2d), ("2.5", 4, 3), ("5", 4, 4), ("+Inf", 4, 4) })
            Counter("babyhelm_gateway_request_duration_seconds_bucket", $"{app},le=\"{le}\"", bad => bad ? ill : well);
        var claim = $"namespace=\"{ns}\",persistentvolumeclaim=\"web-data\"";
        Gauge("kubelet_volume_stats_used_bytes", claim, bad => bad ? 93e6 : 50e6);
        Gauge("kubelet_volume_stats_capacity_bytes", claim, _ => 100e6);

        void Gauge(string metric, string labels, Func<bool, double> value)
        {
            for (var t = Start; t < Start + Length; t += Step) Sample(metric, labels, value(isBad(t)), t);
        }

        void Counter(string metric, string labels, Func<bool, double> perSecond)
        {
            var total = 0d;
            for (var t = Start; t < Start + Length; t += Step)
            {
                Sample(metric, labels, total, t);
                total += perSecond(isBad(t)) * Step.TotalSeconds;
            }
        }

        void Sample(string metric, string labels, double value, DateTimeOffset t) =>
            text.Append(CultureInfo.InvariantCulture, $"{metric}{{{labels}}} {value} {t.ToUnixTimeSeconds()}\n");
    }
}
