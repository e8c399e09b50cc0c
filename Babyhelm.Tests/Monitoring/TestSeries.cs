using System.Globalization;
using System.Text;

namespace Babyhelm.Tests.Monitoring;

/// <summary>
/// Half an hour of series of a few tenants, always the same, as OpenMetrics. The values of tenants differ, so that a sum over
/// too many of them shows.
/// </summary>
public static class TestSeries
{
    /// <summary>First sample, in Unix seconds.</summary>
    public const long Start = 1_767_225_600;

    public const long End = Start + 1800;

    /// <summary>What instant queries ask for.</summary>
    public const long Asked = Start + 1500;

    public const string One = "bh-tenant-one";
    public const string Two = "bh-tenant-two";

    /// <summary>A namespace that is no project's.</summary>
    public const string Rival = "bh-rival";

    // The second begins with the name of one that is seen.
    private static readonly string[] Strangers = [Rival, "bh-tenant-onerous"];
    private const int Step = 15;

    /// <summary>Series of these namespaces and of nobody else.</summary>
    public static string Of(params string[] namespaces) => Write(namespaces, withStrangers: false);

    /// <summary>Series of everybody, and such without a namespace.</summary>
    public static string All() => Write([One, Two, .. Strangers], withStrangers: true);

    private static string Write(string[] namespaces, bool withStrangers)
    {
        var text = new StringBuilder();
        foreach (var ns in namespaces) WriteTenant(text, ns);
        if (withStrangers)
        {
            WriteSeries(text, "rival_secret_total", """namespace="bh-rival",app="web" """, 7, rising: true);
            WriteSeries(text, "up", """job="kubelet",instance="10.0.0.1:10250" """, 1);
            WriteSeries(text, "node_load1", """instance="10.0.0.1:9100" """, 3);
            WriteSeries(text, "ALERTS", """alertname="NodeDown",alertstate="firing" """, 1);
            WriteSeries(text, "exported_thing", """exported_namespace="bh-tenant-one",job="app" """, 4);
            WriteSeries(text, "up", """job="app",instance="x",namespace="" """, 5);
        }
        return text.Append("# EOF\n").ToString();
    }

    private static void WriteTenant(StringBuilder text, string ns)
    {
        // Of its name, the same in every run.
        var seed = ns.Aggregate(17, (sum, c) => (sum * 31 + c) % 1009) + 1;
        foreach (var (app, pods) in new[] { ("web", 2), ("api", 1) })
        {
            for (var pod = 0; pod < pods; pod++)
            {
                var name = $"""namespace="{ns}",pod="{app}-{pod}" """.Trim();
                var part = seed + pod * 3 + app.Length;
                WriteSeries(text, "up", $"""{name},job="app",instance="10.{seed % 250}.{app.Length}.{pod}:8080" """, (part % 3) + 1);
                WriteSeries(text, "container_cpu_usage_seconds_total", $"""{name},container="{app}" """, part, rising: true);
                WriteSeries(text, "container_memory_working_set_bytes", $"""{name},container="{app}" """, part * 1000 + 17);
                WriteSeries(text, "kube_pod_memory_limit_bytes", name, part * 4000, isFlat: true);
                foreach (var code in new[] { "200", "500" })
                    WriteSeries(text, "http_requests_total", $"""{name},app="{app}",code="{code}" """, part * code[0], rising: true);
            }
            WriteSeries(text, "build_info", $$"""namespace="{{ns}}",app="{{app}}",version="1.0 } or {__name__=~\".+\"} #",note="ünï¢ode ✓" """, 1, isFlat: true);
            foreach (var le in new[] { "0.1", "0.5", "+Inf" })
                WriteSeries(text, "http_request_duration_seconds_bucket", $"""namespace="{ns}",app="{app}",le="{le}" """, seed + le.Length * 10, rising: true);
            WriteSeries(text, "http_request_duration_seconds_count", $"""namespace="{ns}",app="{app}" """, seed + 40, rising: true);
            WriteSeries(text, "http_request_duration_seconds_sum", $"""namespace="{ns}",app="{app}" """, seed, rising: true);
            WriteSeries(text, "job:http_requests:rate5m", $"""namespace="{ns}",app="{app}" """, seed % 97);
            foreach (var keyword in new[] { "sum", "and", "by", "without", "offset", "start", "end" })
                WriteSeries(text, keyword, $"""namespace="{ns}",app="{app}" """, seed % 89 + keyword.Length);
        }
        WriteSeries(text, "ALERTS", $"""namespace="{ns}",alertname="Down",alertstate="firing" """, 1, isFlat: true);
    }

    private static void WriteSeries(StringBuilder text, string metric, string labels, int value, bool rising = false, bool isFlat = false)
    {
        for (var at = 0; at * Step <= End - Start; at++)
        {
            var sample = isFlat ? value : rising ? (double)value * at + at % 4 : value + at * value % 7 / 2.0;
            text.Append(CultureInfo.InvariantCulture, $"{metric}{{{labels.Trim()}}} {sample} {Start + at * Step}\n");
        }
    }
}
