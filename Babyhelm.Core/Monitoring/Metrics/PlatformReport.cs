namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>What this process did of late and is now.</summary>
/// <param name="At">When it was measured.</param>
/// <param name="Window">The time that rates and shares are about; zero right after the start, when there are none.</param>
/// <param name="Pages">Babyhelm's own pages and API.</param>
/// <param name="Gateway">Visitors of applications.</param>
/// <param name="Circuits">Open pages, those whose browser is away for a moment included.</param>
/// <param name="Connected">Open pages whose browser is there.</param>
/// <param name="Memory">Working set in bytes.</param>
/// <param name="Cores">Processor time used each second, on average over the window.</param>
/// <param name="Dropped">Measurements that found no room since the start; more than none means that figures are missing.</param>
public sealed record PlatformReport(
    DateTimeOffset At, TimeSpan Window, RequestFigures Pages, RequestFigures Gateway, long ActiveRequests, long Circuits, long Connected,
    long Memory, double? Cores, long Dropped, IReadOnlyList<JobFigures> Jobs, IReadOnlyList<RolloutFigures> Rollouts, IReadOnlyList<InformerFigures> Informers);

/// <param name="PerSecond">Null without a window.</param>
/// <param name="Failed">Share of answers of the server's fault (5xx), 0 to 1; null where there was no request.</param>
/// <param name="P95">Time within which 95 of 100 were answered, estimated from buckets; null where there was none.</param>
public sealed record RequestFigures(double? PerSecond, double? Failed, TimeSpan? P95);

/// <param name="Runs">Since the start.</param>
/// <param name="Failed">Runs that failed since the start.</param>
/// <param name="Active">Runs under way.</param>
public sealed record JobFigures(string Job, long Runs, long Failed, long Active, TimeSpan? Average);

/// <param name="Outcome">For example <c>live</c> or <c>failed</c>.</param>
/// <param name="Count">Since the start of this process; of several, each counts what it ended itself.</param>
public sealed record RolloutFigures(string Outcome, long Count, TimeSpan? Average);

/// <param name="Contact">Since the last event or bookmark; null before the first.</param>
public sealed record InformerFigures(string Kind, long Objects, long Relists, TimeSpan? Contact, bool Failing);
