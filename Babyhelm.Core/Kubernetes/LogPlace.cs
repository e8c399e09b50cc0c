using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes;

/// <summary>A run of a container, as its pod's status tells of it.</summary>
/// <param name="Number">Restarts before it.</param>
/// <param name="Running">False once it has ended, also while the container waits for its next run.</param>
internal readonly record struct LogRun(int Number, bool Running)
{
    /// <summary>Null while there is no log.</summary>
    internal static LogRun? Of(Pod pod, string? container)
    {
        var name = container ?? (pod.Spec.Containers is [var first, ..] ? first.Name : null);
        if (pod.Status.ContainerStatuses?.FirstOrDefault(c => c.Name == name) is not { } status) return null;
        if (status.State.Running is not null) return new(status.RestartCount, true);
        return status.State.Terminated is not null || status.LastState.Terminated is not null ? new(status.RestartCount, false) : null;
    }
}

/// <summary>
/// How far a follower is in a container's logs: the time of the last line and how many lines of that very time it has had.
/// A log can only be opened at a whole second, so what was read already comes again; and which run it is of is not told,
/// so a log that is opened again may be of a later run than the one that was read.
/// </summary>
internal sealed class LogPlace(FollowOptions options)
{
    private DateTimeOffset? _last;
    private int _had;
    private int? _run;
    private bool _complete;

    /// <summary>There is a place to go on from.</summary>
    internal bool Begun { get; private set; }

    /// <summary>A log that was read after its run had ended has no more to come.</summary>
    internal bool HasAllOf(LogRun run) => _complete && _run == run.Number;

    /// <summary>
    /// What to read of a run, one after the other while each succeeds: the first time the tail, which fixes the place; then
    /// the rest of a run that ended meanwhile; then the run itself, to its end.
    /// </summary>
    internal IEnumerable<LogOptions> Requests(LogRun run)
    {
        var all = new LogOptions { Container = options.Container, Timestamps = true };
        if (!Begun) yield return all with { TailLines = options.TailLines is 0 ? 1 : options.TailLines };
        else if (_run != run.Number && !(_complete && _run + 1 == run.Number)) yield return Previous;
        if (!HasAllOf(run)) yield return all with { SinceTime = _last, Follow = run.Running };
    }

    /// <summary>
    /// What to read before the first new line of a log that was opened again; null where it cannot be of another run. The pod's
    /// status may be behind what the node does: if the log is a later run's, then the rest of the one before is its previous one.
    /// </summary>
    internal LogOptions? Before(LogOptions request) => request.SinceTime is null || request.Previous ? null : Previous;

    private LogOptions Previous => new() { Container = options.Container, Timestamps = true, SinceTime = _last, Previous = true };

    /// <summary>A request has come to its end; answers what of its error is left to care about.</summary>
    internal Error? Ended(LogRun run, LogOptions request, Error? error)
    {
        // The node throws old logs away, or never had any.
        if (request.Previous) return error is KubernetesError { Status: 400 or 404 } ? null : error;
        Begun |= error is null || _last is not null;
        _run = run.Number;
        _complete = error is null && !run.Running;
        return error;
    }

    /// <summary>The lines of one request: leaves out what was read before.</summary>
    internal sealed class Reading(LogPlace place)
    {
        private readonly DateTimeOffset? _from = place._last;
        private readonly int _had = place._had;
        private int _again;
        private bool _replaying = place._last is not null;

        /// <summary>Whether the line was read before this request. A line without a time is the kubelet's own word; it stands with
        /// the line before it.</summary>
        internal bool WasRead(LogLine line)
        {
            if (!_replaying || line.Time is not { } time) return _replaying;
            if (time < _from || (time == _from && _again++ < _had)) return true;
            return _replaying = false;
        }
    }

    /// <summary>Counts a line as read; false for one that was only there to find the place of an empty tail.</summary>
    internal bool Take(LogLine line)
    {
        if (line.Time is { } time) (_last, _had) = (time, time == _last ? _had + 1 : 1);
        return Begun || options.TailLines != 0;
    }
}
