using System.Diagnostics.Metrics;

namespace Babyhelm.Core.Jobs;

/// <summary>Every instrument of the jobs.</summary>
internal sealed class JobMetrics
{
    public const string Meter = "Babyhelm.Jobs";

    /// <summary>Seconds.</summary>
    private static readonly double[] Bounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Counter<long> _runs;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _runs = meter.CreateCounter<long>("babyhelm.job.runs", "{run}", "Runs of jobs that ended, by outcome: done, again (it asked for another run), failed, outage (of the database) or stopped.");
        _duration = meter.CreateHistogram("babyhelm.job.duration", "s", "How long runs of jobs took.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        _active = meter.CreateUpDownCounter<long>("babyhelm.job.active", "{run}", "Runs of jobs that are under way.");
    }

    /// <param name="job">What kind of work it is; there are as many as handlers.</param>
    public void Started(string job) => _active.Add(1, new KeyValuePair<string, object?>("job", job));

    public void Ended(string job, string outcome, TimeSpan took)
    {
        _active.Add(-1, new KeyValuePair<string, object?>("job", job));
        _runs.Add(1, new KeyValuePair<string, object?>("job", job), new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("job", job));
    }
}
