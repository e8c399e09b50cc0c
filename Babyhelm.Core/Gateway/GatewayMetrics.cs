using System.Diagnostics;
using System.Diagnostics.Metrics;
using Babyhelm.Core.Rollouts;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Gateway;

/// <summary>Every instrument of the gateway. Tags name applications, releases and status classes, never paths, hosts or visitors.</summary>
internal sealed class GatewayMetrics
{
    public const string Meter = "Babyhelm.Gateway";

    /// <summary>Seconds.</summary>
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly string[] Classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _connectFailures;
    private readonly Counter<long> _unknown;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _requests = meter.CreateCounter<long>("babyhelm.gateway.requests", "{request}", "Requests for applications, by release and class of the status (code): 1xx to 5xx, or canceled where the visitor left before an answer.");
        _duration = meter.CreateHistogram("babyhelm.gateway.request.duration", "s", "Time until an application's answer was sent whole. WebSockets and event streams, which last as long as their reader, are left out.",
            null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        _active = meter.CreateUpDownCounter<long>("babyhelm.gateway.active_requests", "{request}", "Requests for applications that are under way.");
        _connectFailures = meter.CreateCounter<long>("babyhelm.gateway.connect_failures", "{attempt}", "Attempts to reach a pod that took no connection.");
        _unknown = meter.CreateCounter<long>("babyhelm.gateway.unknown_host_requests", "{request}", "Requests for hosts under the applications' domain that belong to none.");
    }

    public void Unknown() => _unknown.Add(1);

    public void ConnectFailed(AppKey app) => _connectFailures.Add(1, Namespace(app), Application(app));

    /// <summary>Call <see cref="Request.End"/> once it is over.</summary>
    public Request Begin(AppKey app)
    {
        _active.Add(1, Namespace(app), Application(app));
        return new Request(this, app, Stopwatch.GetTimestamp());
    }

    internal readonly struct Request(GatewayMetrics metrics, AppKey app, long start)
    {
        /// <param name="release">Of the pod that answered; 0 where none did.</param>
        public void End(HttpContext context, int release)
        {
            metrics._active.Add(-1, Namespace(app), Application(app));
            var canceled = context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted;
            metrics._requests.Add(1, Namespace(app), Application(app), new("release", release > 0 ? release : null), new("code", canceled ? "canceled" : Class(context.Response.StatusCode)));
            if (canceled || context.Response.StatusCode == StatusCodes.Status101SwitchingProtocols || IsEventStream(context.Response)) return;
            metrics._duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Namespace(app), Application(app));
        }
    }

    private static bool IsEventStream(HttpResponse response) => response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    private static string Class(int status) => Classes[Math.Clamp(status / 100, 1, 5) - 1];

    private static KeyValuePair<string, object?> Namespace(AppKey app) => new("namespace", app.Namespace);

    private static KeyValuePair<string, object?> Application(AppKey app) => new("application", app.App);
}
