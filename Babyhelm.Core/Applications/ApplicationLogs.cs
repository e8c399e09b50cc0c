using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>One line of an application's log.</summary>
/// <param name="Time">When the container wrote it.</param>
public sealed record AppLogLine(string Pod, string Text, DateTimeOffset? Time)
{
    /// <summary>Why the log ends here: this is the last line then, and has no text.</summary>
    public Error? Problem { get; init; }

    /// <summary>The container started anew at <see cref="Time"/>: no line of the log, and without text.</summary>
    public AppLogRestart? Restart { get; init; }
}

/// <param name="Number">Restarts up to now, this one too.</param>
/// <param name="ExitCode">Of the run before, with the cluster's word for why it ended; null where the cluster does not tell.</param>
public sealed record AppLogRestart(int Number, int? ExitCode, string? Reason);

public sealed record AppLogOptions
{
    public const int MaxTail = 10_000;

    /// <summary>Lines from the end of each pod's log to begin with, 0 to <see cref="MaxTail"/>; null for all that the cluster has.</summary>
    public int? Tail { get; init; } = 200;

    /// <summary>While following, say when a container has started anew (<see cref="AppLogLine.Restart"/>). The cluster tells it
    /// apart from the log, so it may come a little before or after the lines around it; times tell their order.</summary>
    public bool Restarts { get; init; }

    /// <summary>Go on with new lines, of new pods and restarted containers too, until cancelled.</summary>
    public bool Follow { get; init; }

    /// <summary>The run before the present one of each container; not with <see cref="Follow"/>.</summary>
    public bool Previous { get; init; }

    /// <summary>Only this pod; null for all of the application.</summary>
    public string? Pod { get; init; }
}

/// <summary>
/// Reads the logs of all pods of an application as one stream, each pod in its own order. Where the cluster fails or refuses,
/// the last line says so; what is only not there (a pod that is gone, a container that has not started) has no lines.
/// </summary>
public sealed partial class ApplicationLogs(KubernetesClient cluster, ClusterCache cache, ILogger<ApplicationLogs> logger)
{
    // Lines that may wait for a slow reader; after that the pods' streams are held back.
    private const int MaxWaiting = 1000;

    public IAsyncEnumerable<AppLogLine> ReadAsync(AppKey app, AppLogOptions options, CancellationToken cancellation) =>
        options.Follow ? FollowAsync(app, options, cancellation) : ReadOnceAsync(app, options, cancellation);

    private async IAsyncEnumerable<AppLogLine> ReadOnceAsync(
        AppKey app, AppLogOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!cache.Status.Synced)
        {
            yield return Ended("", new Unavailable("The cluster is being read. Try again in a moment.", "starting"));
            yield break;
        }
        AppLogLine? refused = null;
        foreach (var pod in Pods(app, options))
        {
            var log = new LogOptions { Container = MainContainer(pod), Previous = options.Previous, TailLines = options.Tail, Timestamps = true };
            await foreach (var line in cluster.LogsAsync(app.Namespace, pod.Metadata.Name, log, cancellation))
            {
                if (line.Error is null)
                {
                    yield return new AppLogLine(pod.Metadata.Name, line.Text, line.Time);
                    continue;
                }
                // Gone since the cache heard of it; has not started; no earlier run.
                if (line.Error is KubernetesError { Status: 400 or 404 }) break;
                LogRefused(app.Namespace, pod.Metadata.Name, line.Error.Message);
                refused ??= Ended(pod.Metadata.Name, line.Error);
                break;
            }
            // Of another pod there may be something to read, but not from a cluster that is away.
            if (refused?.Problem is Unavailable) break;
        }
        if (refused is not null) yield return refused;
    }

    private async IAsyncEnumerable<AppLogLine> FollowAsync(
        AppKey app, AppLogOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var lines = Channel.CreateBounded<AppLogLine>(MaxWaiting);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var feeding = FeedAsync(app, options, lines.Writer, ended.Token);
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellation))
            {
                yield return line;
                if (line.Problem is not null) yield break;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts a reader for each pod as it comes, until cancelled. Of pods that come later all lines are wanted, within reason.</summary>
    private async Task FeedAsync(AppKey app, AppLogOptions options, ChannelWriter<AppLogLine> lines, CancellationToken cancellation)
    {
        var readers = new Dictionary<string, Task>();
        var restarts = new Dictionary<string, int>();
        var tail = options.Tail;
        try
        {
            using var changes = cache.Changes();
            while (true)
            {
                var synced = cache.Get(app).Cluster.Synced;
                foreach (var pod in Pods(app, options))
                    if (!readers.ContainsKey(pod.Metadata.Uid))
                        readers[pod.Metadata.Uid] = FollowPodAsync(app, pod, tail, lines, cancellation);
                if (options.Restarts) await TellRestartsAsync(app, options, restarts, lines, cancellation);
                if (synced && tail is not null) tail = AppLogOptions.MaxTail;
                foreach (var uid in readers.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToList())
                {
                    await readers[uid];
                    if (Pods(app, options).Any(p => p.Metadata.Uid == uid)) continue;
                    readers.Remove(uid);
                    restarts.Remove(uid);
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

    private async Task TellRestartsAsync(
        AppKey app, AppLogOptions options, Dictionary<string, int> told, ChannelWriter<AppLogLine> lines, CancellationToken cancellation)
    {
        foreach (var pod in Pods(app, options))
        {
            if (pod.Status.ContainerStatuses?.FirstOrDefault(c => c.Name == MainContainer(pod)) is not { State.Running.StartedAt: { } started } container) continue;
            if (container.RestartCount <= told.GetValueOrDefault(pod.Metadata.Uid)) continue;
            told[pod.Metadata.Uid] = container.RestartCount;
            var last = container.LastState.Terminated;
            await lines.WriteAsync(new AppLogLine(pod.Metadata.Name, "", started) { Restart = new(container.RestartCount, last?.ExitCode, last?.Reason) }, cancellation);
        }
    }

    /// <summary>Follows one pod's main container until the pod has ended or is gone.</summary>
    private async Task FollowPodAsync(AppKey app, Pod pod, int? tail, ChannelWriter<AppLogLine> lines, CancellationToken cancellation)
    {
        using var changes = cache.Changes();
        var (name, version) = (pod.Metadata.Name, (string?)pod.Metadata.ResourceVersion);
        var options = new FollowOptions { Container = MainContainer(pod), TailLines = tail, Uid = pod.Metadata.Uid, Changed = PodChangedAsync };
        await foreach (var line in cluster.FollowLogsAsync(app.Namespace, name, options, cancellation))
        {
            if (line.Error is null) await lines.WriteAsync(new AppLogLine(name, line.Text, line.Time), cancellation);
            else
            {
                LogRefused(app.Namespace, name, line.Error.Message);
                await lines.WriteAsync(Ended(name, line.Error), cancellation);
            }
        }

        async Task PodChangedAsync(CancellationToken token)
        {
            while (Version() == version) await ChangedAsync(changes, app, token);
            version = Version();
        }

        string? Version() => cache.Get(app).Pods.FirstOrDefault(p => p.Metadata.Uid == pod.Metadata.Uid)?.Metadata.ResourceVersion;
    }

    private static async Task ChangedAsync(ChangeSet<AppKey> changes, AppKey app, CancellationToken cancellation)
    {
        bool changed;
        do changed = (await changes.TakeAsync(cancellation)).Any(k => k == app || k == AppKey.All);
        while (!changed);
    }

    private IEnumerable<Pod> Pods(AppKey app, AppLogOptions options) =>
        cache.Get(app).Pods.Where(p => options.Pod is null || p.Metadata.Name == options.Pod);

    private static AppLogLine Ended(string pod, Error problem) => new(pod, "", null) { Problem = problem };

    private static string? MainContainer(Pod pod) => pod.Spec.Containers is [var first, ..] ? first.Name : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log of {Namespace}/{Pod} cannot be followed: {Problem}")]
    private partial void LogRefused(string @namespace, string pod, string problem);
}
