using System.Collections.Concurrent;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Fetches the last log lines of containers that ended, once per end, while the cluster still has them: they are what
/// a crash is understood by, and they vanish with the pod.
/// </summary>
public sealed class CrashLogs(ClusterCache cache, ReleaseBoard board, KubernetesClient cluster, TimeProvider time)
{
    public const int Lines = 20;
    private const int MaxBytes = 16 * 1024;

    private readonly ConcurrentDictionary<(Guid Release, string Container), DateTimeOffset> _fetched = new();

    /// <summary>Runs until cancelled, then ends without an exception.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var changes = cache.Changes();
        try
        {
            while (true)
            {
                var keys = await changes.TakeAsync(cancellation);
                foreach (var key in keys.Contains(AppKey.All) ? board.All.Keys : keys) await CollectAsync(key, cancellation);
                foreach (var gone in _fetched.Keys.Where(k => board.All.Values.All(r => r.ReleaseId != k.Release)).ToList()) _fetched.TryRemove(gone, out _);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <summary>Fetches what is missing for the release that is rolling out, and puts it on the board.</summary>
    public async Task CollectAsync(AppKey key, CancellationToken cancellation)
    {
        if (board.Get(key) is not { State: ReleaseState.RollingOut } release) return;
        var found = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var crash in Diagnoser.CrashedContainers(release, cache.Get(key), time.GetUtcNow()))
        {
            if (_fetched.TryGetValue((release.ReleaseId, crash.Key), out var known) && known >= crash.EndedAt) continue;
            if (await ReadAsync(key.Namespace, crash, cancellation) is not { } lines) continue;
            _fetched[(release.ReleaseId, crash.Key)] = crash.EndedAt;
            if (lines.Count > 0) found[crash.Key] = lines;
        }
        if (found.Count > 0) board.AddLastLines(release, found);
    }

    /// <summary>Null when the cluster does not give it; it is tried again at the next change.</summary>
    private async Task<IReadOnlyList<string>?> ReadAsync(string ns, CrashedContainer crash, CancellationToken cancellation)
    {
        var lines = new List<string>();
        var options = new LogOptions { Container = crash.Container, Previous = crash.Previous, TailLines = Lines, LimitBytes = MaxBytes };
        await foreach (var line in cluster.LogsAsync(ns, crash.Pod, options, cancellation))
        {
            if (line.Error is not null) return lines.Count > 0 ? lines : null;
            if (!string.IsNullOrWhiteSpace(line.Text)) lines.Add(line.Text);
        }
        return lines;
    }
}
