using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// The process's own series as a platform admin reads them, without a Prometheus. Measured every 10 s; rates are about the last minute.
/// </summary>
public sealed class PlatformFigures(MetricStore store, RefusalLog refusals, TimeProvider time) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private const int Kept = 7;

    private readonly Lock _gate = new();
    private readonly Queue<MetricSample> _samples = new();
    private MetricSample? _last;

    /// <summary>Raised after each measurement, on the thread that made it; handlers must not block. It hands nothing out.</summary>
    public event Action? Measured;

    /// <summary>For platform admins.</summary>
    public async Task<Result<PlatformReport>> GetAsync(Caller caller, CancellationToken cancellation) =>
        await refusals.WhyNotAdminAsync(caller, "platform.read", cancellation) is { } refusal ? refusal : Report();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            Measure();
            Measured?.Invoke();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal void Measure()
    {
        var sample = new MetricSample(time.GetUtcNow(), store.Collect());
        lock (_gate)
        {
            _samples.Enqueue(_last = sample);
            if (_samples.Count > Kept) _samples.Dequeue();
        }
    }

    internal PlatformReport Report()
    {
        lock (_gate)
        {
            if (_last is null) _samples.Enqueue(_last = new MetricSample(time.GetUtcNow(), store.Collect()));
            return PlatformReading.Of(_samples.Peek(), _last);
        }
    }
}
