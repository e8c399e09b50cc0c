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
/// How far a follower is in a container's logs: the time of the last line and how many lines of that very time it has had,
/// and which run they were of. A log can only be opened at a whole second, so what was read already comes again.
/// </summary>
internal sealed class LogPlace(FollowOptions options)
{
    private DateTimeOffset? _last;
    private int _had;
    private int _again;
    private bool _replaying;
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
        if (!Begun) yield return Opened(all with { TailLines = options.TailLines is 0 ? 1 : options.TailLines });
        else if (_run != run.Number && !(_complete && _run + 1 == run.Number)) yield return Opened(all with { SinceTime = _last, Previous = true });
        if (!HasAllOf(run)) yield return Opened(all with { SinceTime = _last, Follow = run.Running });
    }

    /// <summary>Whether a line is one that the reader is to have and has not had; counts it.</summary>
    internal bool Passes(LogLine line)
    {
        // Of an empty tail one line is read, to know the place.
        var shown = Begun || options.TailLines != 0;
        // A line without a time is the kubelet's own word; it stands with the line before it.
        if (line.Time is not { } time) return shown && !_replaying;
        if (_replaying)
        {
            if (time < _last || (time == _last && _again++ < _had)) return false;
            _replaying = false;
        }
        (_last, _had) = (time, time == _last ? _had + 1 : 1);
        return shown;
    }

    /// <summary>A request has come to its end; answers what of its error is left to care about.</summary>
    internal Error? Ended(LogRun run, LogOptions request, Error? error)
    {
        // The node throws old logs away.
        if (request.Previous) return error is KubernetesError { Status: 400 or 404 } ? null : error;
        Begun |= error is null || _last is not null;
        _run = run.Number;
        _complete = error is null && !run.Running;
        return error;
    }

    private LogOptions Opened(LogOptions request)
    {
        (_replaying, _again) = (_last is not null, 0);
        return request;
    }
}
