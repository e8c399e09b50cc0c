namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>Makes figures of two samples.</summary>
internal static class PlatformReading
{
    private const string Pages = "http_server_request_duration_seconds";
    private const string Visits = "babyhelm_gateway_requests_total";
    private const string VisitTime = "babyhelm_gateway_request_duration_seconds";
    private const string Job = "babyhelm_job_";
    private const string Rollout = "babyhelm_rollout_duration_seconds";
    private const string Informer = "babyhelm_informer_";

    public static PlatformReport Of(MetricSample first, MetricSample last)
    {
        var window = last.At - first.At;
        return new PlatformReport(
            last.At, window,
            Requests(last.Count(Pages) - first.Count(Pages), last.Count(Pages, Is5xx) - first.Count(Pages, Is5xx), window, Quantile(Pages, first, last)),
            Requests(last.Sum(Visits) - first.Sum(Visits), last.Sum(Visits, IsFailed) - first.Sum(Visits, IsFailed), window, Quantile(VisitTime, first, last)),
            (long)last.Sum("babyhelm_gateway_active_requests"), (long)last.Sum("aspnetcore_components_circuit_active"), (long)last.Sum("aspnetcore_components_circuit_connected"),
            (long)last.Sum("dotnet_process_memory_working_set_bytes"),
            window > TimeSpan.Zero ? Math.Max(0, last.Sum("dotnet_process_cpu_time_seconds_total") - first.Sum("dotnet_process_cpu_time_seconds_total")) / window.TotalSeconds : null,
            (long)last.Sum("babyhelm_metrics_dropped_measurements_total"), Jobs(last), Rollouts(last), Informers(last));

        static bool Is5xx(MetricPoint point) => point.Label("http_response_status_code")?.StartsWith('5') == true;

        static bool IsFailed(MetricPoint point) => point.Label("code") == "5xx";
    }

    private static RequestFigures Requests(double count, double failed, TimeSpan window, TimeSpan? p95) =>
        // Series that were forgotten in between make a sum fall.
        new(window > TimeSpan.Zero ? Math.Max(0, count) / window.TotalSeconds : null, count > 0 ? Math.Clamp(failed / count, 0, 1) : null, p95);

    /// <summary>Even within a bucket; beyond the last bound it is that bound.</summary>
    private static TimeSpan? Quantile(string name, MetricSample first, MetricSample last)
    {
        var (before, after, bounds) = (first.Buckets(name), last.Buckets(name), last.Bounds(name));
        var counts = after.Select((n, i) => Math.Max(0, n - (i < before.Length ? before[i] : 0))).ToArray();
        var rank = counts.Sum() * 0.95;
        if (rank <= 0 || bounds.Count == 0) return null;
        long below = 0;
        for (var i = 0; i < bounds.Count; i++)
        {
            if (below + counts[i] >= rank)
            {
                var low = i == 0 ? 0 : bounds[i - 1];
                return TimeSpan.FromSeconds(low + (bounds[i] - low) * (rank - below) / counts[i]);
            }
            below += counts[i];
        }
        return TimeSpan.FromSeconds(bounds[^1]);
    }

    private static List<JobFigures> Jobs(MetricSample last) =>
    [
        .. last.Points(Job + "active").Select(p => p.Label("job")!).Order(StringComparer.Ordinal).Select(job =>
        {
            bool Of(MetricPoint point) => point.Label("job") == job;
            return new JobFigures(job, (long)last.Sum(Job + "runs_total", Of), (long)last.Sum(Job + "runs_total", p => Of(p) && p.Label("outcome") is "failed" or "outage"),
                (long)last.Sum(Job + "active", Of), Average(last, Job + "duration_seconds", Of));
        }),
    ];

    private static List<RolloutFigures> Rollouts(MetricSample last) =>
        [.. last.Points(Rollout).Select(p => new RolloutFigures(p.Label("outcome")!, p.Count, Average(last, Rollout, other => other.Label("outcome") == p.Label("outcome"))))];

    private static List<InformerFigures> Informers(MetricSample last) =>
    [
        .. last.Points(Informer + "objects").Select(p => p.Label("kind")!).Order(StringComparer.Ordinal).Select(kind =>
        {
            bool Of(MetricPoint point) => point.Label("kind") == kind;
            var contact = last.Points(Informer + "contact_age_seconds").FirstOrDefault(Of);
            return new InformerFigures(kind, (long)last.Sum(Informer + "objects", Of), (long)last.Sum(Informer + "relists_total", Of),
                contact is null ? null : TimeSpan.FromSeconds(contact.Value), last.Sum(Informer + "failing", Of) > 0);
        }),
    ];

    private static TimeSpan? Average(MetricSample sample, string histogram, Func<MetricPoint, bool> which) =>
        sample.Count(histogram, which) is > 0 and var count ? TimeSpan.FromSeconds(sample.Sum(histogram, which) / count) : null;
}
