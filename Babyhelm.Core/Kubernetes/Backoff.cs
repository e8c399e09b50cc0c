namespace Babyhelm.Core.Kubernetes;

/// <summary>Waiting times after failures in a row: 0.8 s, doubled each time, 30 s at most, spread by a quarter to both sides so that
/// many clients don't come back together.</summary>
internal sealed class Backoff(Func<double> random)
{
    internal static readonly TimeSpan Least = TimeSpan.FromSeconds(0.8);
    internal static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    /// <summary>Failures since the last success.</summary>
    internal int Failures { get; private set; }

    internal void Reset() => Failures = 0;

    /// <summary>Counts a failure and says how long to wait.</summary>
    internal TimeSpan Next()
    {
        var wait = Least * Math.Pow(2, Math.Min(Failures++, 10)) * (0.75 + random() / 2);
        return wait < Least ? Least : wait > Most ? Most : wait;
    }
}
