using System.Collections.Concurrent;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Kubernetes;

/// <summary>
/// Keeps a copy of the cluster's objects of one type, and reports every change in order. After a gap the new state is
/// compared with the old one: objects that are gone are reported as deleted, unchanged ones not at all. A change is in
/// <see cref="Items"/> before it is reported.
/// </summary>
/// <param name="labelSelector">Null watches all objects.</param>
/// <param name="ns">Null watches all namespaces.</param>
/// <param name="onChange">Called from one task, never at the same time twice; must not block or throw.</param>
/// <param name="slim">Reduces an object before it is kept, or drops it (null). Must keep name, namespace, uid and resource version.</param>
public sealed partial class Informer<T>(
    KubernetesClient client, ResourceType type, string? labelSelector, string? ns, Action<ResourceChange<T>> onChange,
    TimeProvider time, ILogger logger, Func<T, T?>? slim = null, InformerOptions? options = null) : IInformer where T : KubernetesObject
{
    /// <summary>A streaming list that is silent so long before its end is none: the server took it for a plain watch.</summary>
    internal static readonly TimeSpan InitialSilence = TimeSpan.FromSeconds(10);

    /// <summary>Servers that send bookmarks do so about every minute: a watch that is silent for longer is dead, however alive its
    /// connection looks. One that never had a bookmark lives until its time is up.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromMinutes(2.5);

    /// <summary>So old, the state is read anew when the watch ends next: heals whatever no event told of, such as a cluster restored
    /// from a backup.</summary>
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(30);

    /// <summary>A watch that held so long was a success, even if nothing happened.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(5);

    /// <summary>A type that is not served is looked for again: a cluster may be upgraded, an account given a permission.</summary>
    internal static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    private readonly InformerOptions _options = options ?? new();
    private readonly ConcurrentDictionary<string, T> _items = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Backoff _backoff = new(Random.Shared.NextDouble);

    /// <summary>Least waits before the cluster's return ends them: one that comes back for others only must not be asked without end.</summary>
    private readonly Backoff _returns = new(Random.Shared.NextDouble);
    private volatile InformerStatus _status = new(false, null, null, 0, 0);
    private string? _version;
    private long _listedAt;
    private bool _canStream = true;
    private bool _bookmarks;
    private int _running;

    /// <summary>Objects by <c>namespace/name</c>, or by name where the type has no namespace. Safe to read from any thread.</summary>
    public IReadOnlyDictionary<string, T> Items => _items;

    public ResourceType Type => type;

    public InformerStatus Status => _status with { Objects = _items.Count };

    public Task WaitForSyncAsync(CancellationToken cancellation) => _synced.Task.WaitAsync(cancellation);

    public static string KeyOf(string? ns, string name) => string.IsNullOrEmpty(ns) ? name : $"{ns}/{name}";

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _running, 1) == 1) throw new InvalidOperationException("An informer runs once.");
        try
        {
            while (true)
            {
                var back = client.Back;
                var wait = await StepAsync(cancellation);
                if (wait > TimeSpan.Zero) await WaitAsync(wait, back, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            LogStopped(type.Plural);
        }
    }

    /// <summary>Waits so long, or until the cluster answers again whoever asks it.</summary>
    private async Task WaitAsync(TimeSpan wait, Task back, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var full = Task.Delay(wait, time, over.Token);
        try
        {
            if (await Task.WhenAny(full, back) == full) return;
            var rest = _returns.Next() - time.GetElapsedTime(start);
            if (rest > TimeSpan.Zero) await Task.WhenAny(full, Task.Delay(rest, time, over.Token));
            if (full.IsCompleted) return;
            // A server that has just started may refuse for a moment more: the next waits are short again, but not each time.
            if (_returns.Failures == 1) _backoff.Reset();
            LogReturned(type.Plural);
        }
        finally
        {
            await over.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One list or one watch; answers how long to wait before the next.</summary>
    private async Task<TimeSpan> StepAsync(CancellationToken cancellation)
    {
        if (time.GetElapsedTime(_listedAt) > Resync) _version = null;
        if (_version is null && !_canStream) return await ListAsync(cancellation);

        var watch = new Watch(_version is null ? new Dictionary<string, T>() : null, time.GetTimestamp());
        await WatchAsync(watch, cancellation);
        if (watch.Error is null && (watch.Events > 0 || time.GetElapsedTime(watch.Started) >= Healthy)) Succeeded();
        if (watch.Snapshot is not null && NoStreamingList(watch)) return FallBack();
        if (watch.Error is null) return time.GetElapsedTime(watch.Started) < Healthy && watch.Events == 0 ? _backoff.Next() : TimeSpan.Zero;
        return Failed(watch.Error, watch.Opened);
    }

    /// <summary>State of one watch.</summary>
    private sealed class Watch(Dictionary<string, T>? snapshot, long started)
    {
        /// <summary>What a streaming list has brought so far; null once it is complete, and for a plain watch.</summary>
        internal Dictionary<string, T>? Snapshot { get; set; } = snapshot;
        internal long Started => started;
        internal bool Opened { get; set; }
        internal int Events { get; set; }
        internal Error? Error { get; set; }
        internal bool FellSilent { get; set; }
    }

    private async Task<TimeSpan> ListAsync(CancellationToken cancellation)
    {
        var answer = await client.ListAsync(type, ns, labelSelector, null, slim ?? (static item => item), _options.MetadataOnly, cancellation);
        if (!answer.Ok(out var list, out var error)) return Failed(error, opened: false);
        Contact();
        Replace(list.Items.ToDictionary(Key));
        _version = list.ResourceVersion;
        return TimeSpan.Zero;
    }

    private async Task WatchAsync(Watch watch, CancellationToken cancellation)
    {
        using var quiet = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(quiet.Token, cancellation);
        var request = new WatchOptions
        {
            Namespace = ns,
            LabelSelector = labelSelector,
            ResourceVersion = _version,
            SendInitialEvents = watch.Snapshot is not null,
            MetadataOnly = _options.MetadataOnly,
            Timeout = TimeSpan.FromSeconds(240 + Random.Shared.Next(60)),
            Opened = () =>
            {
                watch.Opened = true;
                Contact();
                quiet.CancelAfter(Patience(watch));
            },
        };
        try
        {
            await foreach (var change in client.WatchAsync<T>(type, request, either.Token))
            {
                if (change.Error is { } error)
                {
                    watch.Error = error;
                    return;
                }
                Contact();
                if (watch.Snapshot is { } snapshot) Collect(watch, snapshot, change);
                else Follow(watch, change);
                if (change.Kind == WatchEventKind.Bookmark) _bookmarks = true;
                quiet.CancelAfter(Patience(watch));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            watch.FellSilent = true;
        }
    }

    private TimeSpan Patience(Watch watch) =>
        watch.Snapshot is not null ? InitialSilence : _bookmarks ? Silence : Timeout.InfiniteTimeSpan;

    private void Collect(Watch watch, Dictionary<string, T> snapshot, WatchEvent<T> change)
    {
        var item = change.Object!;
        if (change.Kind == WatchEventKind.Bookmark)
        {
            if (item.Metadata.Annotation(WatchOptions.InitialEventsEnd) != "true") return;
            watch.Snapshot = null;
            watch.Events++;
            Replace(snapshot);
            _version = item.Metadata.ResourceVersion;
            return;
        }
        var kept = change.Kind == WatchEventKind.Deleted ? null : Slim(item);
        if (kept is null) snapshot.Remove(Key(item));
        else snapshot[Key(item)] = kept;
    }

    private void Follow(Watch watch, WatchEvent<T> change)
    {
        watch.Events++;
        Succeeded();
        var item = change.Object!;
        if (change.Kind != WatchEventKind.Bookmark)
        {
            if (change.Kind != WatchEventKind.Deleted && Slim(item) is { } kept) Put(Key(item), kept);
            else Remove(Key(item), change.Kind == WatchEventKind.Deleted ? Slim(item) : null);
        }
        _version = item.Metadata.ResourceVersion;
    }

    /// <summary>Takes over a whole new state, reporting only what differs.</summary>
    private void Replace(Dictionary<string, T> snapshot)
    {
        foreach (var (key, old) in _items)
            if (!snapshot.TryGetValue(key, out var now) || now.Metadata.Uid != old.Metadata.Uid) Remove(key, null);
        foreach (var (key, item) in snapshot) Put(key, item);
        _listedAt = time.GetTimestamp();
        if (_status.Unserved is not null) LogServed(type.Plural);
        _status = _status with { Synced = true, Unserved = null, Relists = _status.Relists + 1 };
        _synced.TrySetResult();
        LogListed(type.Plural, snapshot.Count);
    }

    private void Put(string key, T item)
    {
        if (_items.TryGetValue(key, out var old))
        {
            if (old.Metadata.Uid != item.Metadata.Uid) Remove(key, null);
            else if (old.Metadata.ResourceVersion == item.Metadata.ResourceVersion) return;
        }
        _items[key] = item;
        onChange(new(ChangeKind.Applied, item));
    }

    private void Remove(string key, T? last)
    {
        if (_items.TryRemove(key, out var old)) onChange(new(ChangeKind.Deleted, last ?? old));
    }

    private bool NoStreamingList(Watch watch) =>
        watch.FellSilent
        || (watch.Error is null && watch.Opened)
        || watch.Error is KubernetesError { Status: 400 or 405 or 406 or 415 or 422 };

    private TimeSpan FallBack()
    {
        _canStream = false;
        LogFallback(type.Plural);
        return TimeSpan.Zero;
    }

    private TimeSpan Failed(Error error, bool opened)
    {
        // A collection that is not found is a type that is not there: an empty one is a list without items.
        if (_options.Optional && error is KubernetesError refusal && (refusal.IsNotServed || refusal.IsNotFound || refusal.IsForbidden)) return NotServed(refusal);
        var first = _backoff.Failures == 0;
        if (_status.LastError is null && !(error is KubernetesError { IsExpired: true } && first)) LogFailed(type.Plural, error.Message);
        // A stream that was cut goes on from its last version. Not so after an error in the middle of it, or where it cannot be
        // opened: the version may be refused, or another cluster may be there after an outage.
        if (error is KubernetesError { Status: not 429 } || (!opened && error is not KubernetesError)) _version = null;
        var wait = _backoff.Next();
        if (first && error is KubernetesError { IsExpired: true }) return TimeSpan.Zero;
        _status = _status with { LastError = error, FailingSince = _status.FailingSince ?? time.GetUtcNow() };
        return wait;
    }

    private void Succeeded()
    {
        _backoff.Reset();
        _returns.Reset();
    }

    private TimeSpan NotServed(KubernetesError refusal)
    {
        if (_status.Unserved is null) LogNotServed(type.Plural, refusal.Message);
        _version = null;
        Succeeded();
        Contact();
        _status = _status with { Unserved = refusal };
        _synced.TrySetResult();
        return LookAgain * (0.75 + Random.Shared.NextDouble() / 2);
    }

    private void Contact()
    {
        if (_status.LastError is not null) LogRecovered(type.Plural);
        _status = _status with { LastContact = time.GetUtcNow(), LastError = null, FailingSince = null };
    }

    private T? Slim(T item) => slim is null ? item : slim(item);

    private static string Key(T item) => KeyOf(item.Metadata.Namespace, item.Metadata.Name);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Read all {Resource}: {Count}")]
    private partial void LogListed(string resource, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster has no streaming lists of {Resource}; listing in pages from now on")]
    private partial void LogFallback(string resource);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watching {Resource} failed, trying again: {Problem}")]
    private partial void LogFailed(string resource, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Resource} again")]
    private partial void LogRecovered(string resource);

    [LoggerMessage(Level = LogLevel.Information, Message = "The cluster gives no {Resource}; looking again later: {Problem}")]
    private partial void LogNotServed(string resource, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The cluster gives {Resource} now")]
    private partial void LogServed(string resource);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster answers again: trying {Resource} now")]
    private partial void LogReturned(string resource);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Stopped watching {Resource}")]
    private partial void LogStopped(string resource);
}
