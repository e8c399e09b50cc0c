using System.Runtime.CompilerServices;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Following a log for as long as its pod lives.</summary>
public sealed partial class KubernetesClient
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>Where the pod's changes are told, it is looked at so seldom all the same.</summary>
    private static readonly TimeSpan LookAtLeastEvery = TimeSpan.FromSeconds(30);

    /// <summary>A stream that held so long was a success, even if no line came.</summary>
    private static readonly TimeSpan HealthyStream = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A container's log over dropped connections and restarts, no line lost or doubled, until the pod has ended or is gone. Every
    /// line has its <see cref="LogLine.Time"/>, unless the kubelet itself speaks in it. A refusal (401, 403) before anything was
    /// read is a last line with an error; all else is tried again, at growing distances.
    /// </summary>
    /// <remarks>
    /// What the node no longer has cannot be read again: of several runs during one gap all but the last two, and what a
    /// rotation of the log took away. Lines come twice where the node's clock was set back before a reconnect.
    /// </remarks>
    public async IAsyncEnumerable<LogLine> FollowLogsAsync(
        string ns, string pod, FollowOptions options, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (RequestProblem.Of(ResourceType.Pods, ns, pod) is { } problem)
        {
            yield return new("", Error: problem);
            yield break;
        }
        var (place, backoff) = (new LogPlace(options), new Backoff(Random.Shared.NextDouble));
        while (true)
        {
            // Asked of the server itself: after an outage a cache may be behind the log.
            var found = await GetAsync<Pod>(ResourceType.Pods, ns, pod, cancellation);
            if (found.Error is KubernetesError { IsNotFound: true }) yield break;
            var (broken, lines, started) = (found.Error, 0, _time.GetTimestamp());
            LogRun? run = null;
            if (found.Ok(out var now, out _))
            {
                if (options.Uid is not null && now.Metadata.Uid != options.Uid) yield break;
                run = LogRun.Of(now, options.Container);
                if (run is null || place.HasAllOf(run.Value))
                {
                    if (now.Status.Phase is "Succeeded" or "Failed") yield break;
                    await ChangedAsync(options.Changed, cancellation);
                    continue;
                }
                foreach (var request in place.Requests(run.Value))
                {
                    await foreach (var line in ReadOnAsync(ns, pod, place, request, cancellation))
                    {
                        broken = line.Error;
                        if (broken is not null || !place.Take(line)) continue;
                        lines++;
                        yield return line;
                    }
                    broken = place.Ended(run.Value, request, broken);
                    if (broken is not null) break;
                }
            }
            if (!place.Begun && broken is KubernetesError { Status: 401 or 403 })
            {
                yield return new("", Error: broken);
                yield break;
            }
            if (lines > 0 || (broken is null && _time.GetElapsedTime(started) >= HealthyStream)) backoff.Reset();
            if (broken is KubernetesError { Status: 400 }) await ChangedAsync(options.Changed, cancellation);
            else if (broken is not null || (lines == 0 && run is { Running: true })) await Task.Delay(backoff.Next(), _time, cancellation);
        }
    }

    /// <summary>The lines of a request that were not read before; before the first of them, what an earlier run had left. An error is the last.</summary>
    private async IAsyncEnumerable<LogLine> ReadOnAsync(
        string ns, string pod, LogPlace place, LogOptions request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (reading, before) = (new LogPlace.Reading(place), place.Before(request));
        await foreach (var line in LogsAsync(ns, pod, request, cancellation))
        {
            if (line.Error is null && reading.WasRead(line)) continue;
            if (before is not null && line.Time is { } time)
            {
                var (earlier, broken) = (new LogPlace.Reading(place), (LogLine?)null);
                await foreach (var left in LogsAsync(ns, pod, before, cancellation))
                {
                    if (left.Error is KubernetesError { Status: 400 or 404 }) break;
                    if (left.Error is not null) broken = left;
                    else if (!earlier.WasRead(left) && left.Time < time) yield return left;
                }
                if (broken is not null)
                {
                    yield return broken;
                    yield break;
                }
                before = null;
            }
            yield return line;
        }
    }

    private async Task ChangedAsync(Func<CancellationToken, Task>? changed, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var time = Task.Delay(changed is null ? LookEvery : LookAtLeastEvery, _time, either.Token);
        var change = changed?.Invoke(either.Token) ?? time;
        var first = await Task.WhenAny(time, change);
        await either.CancelAsync();
        await (first == time ? change : time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }
}
