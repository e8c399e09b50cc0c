using System.Diagnostics.Metrics;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>Every instrument of releases and their rollouts.</summary>
internal sealed class RolloutMetrics
{
    public const string Meter = "Babyhelm.Rollouts";

    /// <summary>Seconds.</summary>
    private static readonly double[] Bounds = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200];

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failures;

    public RolloutMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _duration = meter.CreateHistogram("babyhelm.rollout.duration", "s", "Time from the first apply of a release to its end, by outcome: live, stopped, failed, cancelled or superseded.",
            null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
        _failures = meter.CreateCounter<long>("babyhelm.rollout.failures", "{rollout}", "Rollouts that failed, by the code of their diagnosis.");
    }

    /// <param name="diagnosis">Code of the diagnosis; null where there is none.</param>
    public void Ended(ReleaseState outcome, string? diagnosis, TimeSpan took)
    {
        _duration.Record(Math.Max(0, took.TotalSeconds), new KeyValuePair<string, object?>("outcome", Name(outcome)));
        if (outcome == ReleaseState.Failed) _failures.Add(1, new KeyValuePair<string, object?>("diagnosis", diagnosis));
    }

    private static string Name(ReleaseState state) => $"{char.ToLowerInvariant(state.ToString()[0])}{state.ToString()[1..]}";
}
