using System.Collections.Concurrent;
using System.Collections.Immutable;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts.Causes;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Fetches the last log lines of containers that ended, once per end, while the cluster still has them: they are what
/// a crash is understood by, and they vanish with the pod.
/// </summary>
public sealed class CrashLogs(ClusterCache cache, ReleaseBoard board, KubernetesClient cluster, TimeProvider time)
{
    public const int Lines = 20;
    private const int MaxBytes = 16 * 1024;

    /// <summary>Logs read at the same time: a machine that does not answer must not hold up those of others.</summary>
    private const int Parallelism = 8;

    /// <summary>Time to read one log.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Pause before what the cluster did not give is asked for again.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<AppKey, Fetched> _fetched = new();

    /// <summary>End of the run whose lines were read, by container, for one release.</summary>
    private sealed record Fetched(Guid Release, ImmutableDictionary<string, DateTimeOffset> Ends);

    /// <summary>Runs until cancelled, then ends without an exception. Applications wait for each other only for a free slot.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var changes = cache.Changes();
        using var slots = new SemaphoreSlim(Parallelism);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var readings = new ConcurrentDictionary<AppKey, Reading>();
        try
        {
            while (true)
            {
                var keys = await changes.TakeAsync(stop.Token);
                var all = keys.Contains(AppKey.All);
                if (all) Forget();
                foreach (var key in all ? board.All.Keys : keys)
                {
                    var reading = readings.GetOrAdd(key, _ => new Reading());
                    if (reading.Ask()) reading.Task = ReadAsync(key, reading, slots, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for, or that of a reading that broke: its fault comes out below.
        }
        finally
        {
            await stop.CancelAsync();
        }
        await Task.WhenAll(readings.Values.Select(r => r.Task));
    }

    /// <summary>Reads until nothing is missing and nobody has asked again.</summary>
    private async Task ReadAsync(AppKey key, Reading reading, SemaphoreSlim slots, CancellationTokenSource stop)
    {
        try
        {
            do
            {
                await slots.WaitAsync(stop.Token);
                bool complete;
                try
                {
                    complete = await CollectAsync(key, stop.Token);
                }
                finally
                {
                    slots.Release();
                }
                if (complete) continue;
                await Task.Delay(Retry, time, stop.Token);
                reading.Ask();
            }
            while (reading.GoOn());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>Whether an application's logs are being read, and were asked for once more meanwhile.</summary>
    private sealed class Reading
    {
        private readonly Lock _gate = new();
        private bool _runs;
        private bool _again;

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>True where nobody reads: the caller has to.</summary>
        public bool Ask()
        {
            lock (_gate)
            {
                if (_runs) _again = true;
                else _runs = true;
                return !_again;
            }
        }

        /// <summary>False ends the reading.</summary>
        public bool GoOn()
        {
            lock (_gate)
            {
                _runs = _again;
                _again = false;
                return _runs;
            }
        }
    }

    /// <summary>Fetches what is missing for a release that rolls out or is live, and puts it on the board.</summary>
    /// <returns>False when the cluster did not give all of it.</returns>
    public async Task<bool> CollectAsync(AppKey key, CancellationToken cancellation)
    {
        if (board.Get(key) is not { State: ReleaseState.RollingOut or ReleaseState.Live } release) return true;
        var crashes = Diagnoser.CrashedContainers(release, cache.Get(key), time.GetUtcNow());
        var known = _fetched.TryGetValue(key, out var fetched) && fetched.Release == release.ReleaseId
            ? fetched.Ends.RemoveRange(fetched.Ends.Keys.Except(crashes.Select(c => c.Key)))
            : ImmutableDictionary<string, DateTimeOffset>.Empty;
        var found = new Dictionary<string, IReadOnlyList<string>>();
        var complete = true;
        foreach (var crash in crashes)
        {
            if (known.TryGetValue(crash.Key, out var end) && end >= crash.EndedAt) continue;
            if (await ReadAsync(key.Namespace, crash, cancellation) is not { } lines)
            {
                complete = false;
                continue;
            }
            known = known.SetItem(crash.Key, crash.EndedAt);
            if (lines.Count > 0) found[crash.Key] = lines;
        }
        // In this order: what counts as read is on the board, for whoever collects at the same moment.
        if (found.Count > 0) board.AddLastLines(release, found);
        if (known.IsEmpty) _fetched.TryRemove(key, out _);
        else _fetched[key] = new Fetched(release.ReleaseId, known);
        return complete;
    }

    /// <summary>What was read for applications that are gone.</summary>
    private void Forget()
    {
        foreach (var key in _fetched.Keys)
            if (board.Get(key) is null) _fetched.TryRemove(key, out _);
    }

    /// <summary>Null when the cluster does not give it.</summary>
    private async Task<IReadOnlyList<string>?> ReadAsync(string ns, CrashedContainer crash, CancellationToken cancellation)
    {
        var lines = new List<string>();
        var options = new LogOptions { Container = crash.Container, Previous = crash.Previous, TailLines = Lines, LimitBytes = MaxBytes };
        using var clock = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
        try
        {
            await foreach (var line in cluster.LogsAsync(ns, crash.Pod, options, either.Token))
            {
                // A pod or a run that is gone has nothing to give any more.
                if (line.Error is KubernetesError { Status: 404 or 400 }) return lines;
                if (line.Error is not null) return lines.Count > 0 ? lines : null;
                if (Evidence.Clean(line.Text) is { } text) lines.Add(text);
            }
            // The next run may have begun meanwhile: then this was its log, with nothing in it yet.
            return lines.Count > 0 || crash.Previous ? lines : await ReadAsync(ns, crash with { Previous = true }, cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return lines.Count > 0 ? lines : null;
        }
    }
}
