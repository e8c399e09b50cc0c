using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>One line of an application's log.</summary>
/// <param name="Time">When the container wrote it.</param>
public sealed record AppLogLine(string Pod, string Text, DateTimeOffset? Time);

public sealed record AppLogOptions
{
    public const int MaxTail = 10_000;

    /// <summary>Lines from the end of each pod's log to begin with, 0 to <see cref="MaxTail"/>.</summary>
    public int Tail { get; init; } = 200;

    /// <summary>Go on with new lines, of new pods and restarted containers too, until cancelled.</summary>
    public bool Follow { get; init; }

    /// <summary>The run before the present one of each container; not with <see cref="Follow"/>.</summary>
    public bool Previous { get; init; }

    /// <summary>Only this pod; null for all of the application.</summary>
    public string? Pod { get; init; }
}

/// <summary>Reads the logs of all pods of an application as one stream, each pod in its own order.</summary>
public sealed class ApplicationLogs(KubernetesClient cluster, ClusterCache cache, TimeProvider time)
{
    // A stream may end while its container goes on: a proxy's timeout, a restarted kubelet.
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(2);

    // Lines that may wait for a slow reader; after that the pods' streams are held back.
    private const int MaxWaiting = 1000;

    public IAsyncEnumerable<AppLogLine> ReadAsync(AppKey app, AppLogOptions options, CancellationToken cancellation) =>
        options.Follow ? FollowAsync(app, options, cancellation) : ReadOnceAsync(app, options, cancellation);

    private async IAsyncEnumerable<AppLogLine> ReadOnceAsync(
        AppKey app, AppLogOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var pod in Pods(app, options))
        {
            var log = new LogOptions { Container = MainContainer(pod), Previous = options.Previous, TailLines = options.Tail, Timestamps = true };
            await foreach (var line in cluster.LogsAsync(app.Namespace, pod.Metadata.Name, log, cancellation))
                if (line.Error is null) yield return new AppLogLine(pod.Metadata.Name, line.Text, line.Time);
        }
    }

    private async IAsyncEnumerable<AppLogLine> FollowAsync(
        AppKey app, AppLogOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var lines = Channel.CreateBounded<AppLogLine>(MaxWaiting);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var feeding = FeedAsync(app, options, lines.Writer, ended.Token);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellation)) yield return line;
        }
        finally
        {
            await ended.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts a reader for each pod as it comes, until cancelled.</summary>
    private async Task FeedAsync(AppKey app, AppLogOptions options, ChannelWriter<AppLogLine> lines, CancellationToken cancellation)
    {
        var readers = new Dictionary<string, Task>();
        try
        {
            using var changes = cache.Changes();
            while (true)
            {
                foreach (var pod in Pods(app, options))
                    if (!readers.ContainsKey(pod.Metadata.Uid))
                        readers[pod.Metadata.Uid] = FollowPodAsync(app, pod.Metadata.Name, pod.Metadata.Uid, options.Tail, lines, cancellation);
                foreach (var uid in readers.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToList())
                {
                    await readers[uid];
                    if (Pods(app, options).All(p => p.Metadata.Uid != uid)) readers.Remove(uid);
                }
                await ChangedAsync(changes, app, cancellation);
            }
        }
        catch (Exception e)
        {
            lines.TryComplete(e is OperationCanceledException ? null : e);
            await Task.WhenAll(readers.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Follows one pod over restarts of its container, until the pod is gone.</summary>
    private async Task FollowPodAsync(
        AppKey app, string name, string uid, int tail, ChannelWriter<AppLogLine> lines, CancellationToken cancellation)
    {
        using var changes = cache.Changes();
        DateTimeOffset? last = null;
        string? readRun = null;
        while (Current(app, uid) is { } pod)
        {
            if (Run(pod) is { } run && run != readRun)
            {
                readRun = run;
                var log = new LogOptions
                {
                    Container = MainContainer(pod),
                    Follow = true,
                    Timestamps = true,
                    TailLines = last is null ? tail : null,
                    SinceTime = last,
                };
                await foreach (var line in cluster.LogsAsync(app.Namespace, name, log, cancellation))
                {
                    if (line.Error is not null) break;
                    if (line.Time <= last) continue; // sinceTime counts whole seconds: the first lines come again
                    last = line.Time ?? last;
                    await lines.WriteAsync(new AppLogLine(name, line.Text, line.Time), cancellation);
                }
                await ChangedAsync(changes, app, cancellation, Reconnect);
                if (IsRunning(pod) && Current(app, uid) is { } now && Run(now) == run && IsRunning(now)) readRun = null;
                continue;
            }
            await ChangedAsync(changes, app, cancellation);
        }
    }

    /// <summary>Waits for the application to change, at most so long.</summary>
    private async Task ChangedAsync(ChangeSet<AppKey> changes, AppKey app, CancellationToken cancellation, TimeSpan? atMost = null)
    {
        using var limit = new CancellationTokenSource(atMost ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            bool changed;
            do changed = (await changes.TakeAsync(either.Token)).Any(k => k == app || k == AppKey.All);
            while (!changed);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // the time is over
        }
    }

    private Pod? Current(AppKey app, string uid) => cache.Get(app).Pods.FirstOrDefault(p => p.Metadata.Uid == uid);

    private static bool IsRunning(Pod pod) => pod.Status.ContainerStatuses?.Any(c => c.State.Running is not null) == true;

    /// <summary>Names one run of the main container; null while there is nothing to read.</summary>
    private static string? Run(Pod pod)
    {
        var status = pod.Status.ContainerStatuses?.FirstOrDefault(c => c.Name == MainContainer(pod)) ?? pod.Status.ContainerStatuses?.FirstOrDefault();
        if (status is null) return null;
        // While a container waits for its restart, the log of the run that ended is there to read.
        if (status.State.Running is null && status.State.Terminated is null && status.LastState.Terminated is null) return null;
        return $"{status.RestartCount}";
    }

    private IEnumerable<Pod> Pods(AppKey app, AppLogOptions options) =>
        cache.Get(app).Pods.Where(p => options.Pod is null || p.Metadata.Name == options.Pod);

    private static string? MainContainer(Pod pod) => pod.Spec.Containers is [var first, ..] ? first.Name : null;
}
