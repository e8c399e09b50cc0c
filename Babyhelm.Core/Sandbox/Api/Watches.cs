using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;
using Babyhelm.Core.Sandbox.Tables;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Streams of changes: from a version, from now, or after the present state; with bookmarks and an end.</summary>
internal sealed class Watches(ObjectStore store, FaultLevers levers, SandboxOptions options, TimeProvider time)
{
    public async Task WatchAsync(ApiCall call)
    {
        if (!Reads.Select(call).Ok(out var selection, out var error))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        if (Presentation.Of(call.Http.Request.Headers.Accept) == Form.None)
        {
            await Answers.Error(call.Http, Presentation.NotAcceptable());
            return;
        }
        var streaming = call.Flag("sendInitialEvents");
        if (streaming && call.Query("resourceVersionMatch") != "NotOlderThan")
        {
            var errors = new Admission.FieldErrors();
            errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
            await Answers.Error(call.Http, errors.ToStatus("meta.k8s.io", "ListOptions", ""));
            return;
        }
        var asked = call.Query("resourceVersion");
        if (asked is { Length: > 0 } && !long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            await Answers.Error(call.Http, StatusError.BadRequest($"invalid resource version \"{asked}\""));
            return;
        }
        var since = asked is null or "" or "0" || streaming ? (long?)null : long.Parse(asked, CultureInfo.InvariantCulture);
        List<StoredObject> initial = [];
        Watcher? watcher;
        long version, oldest;
        lock (store.Gate)
        {
            (version, oldest) = (store.Version, store.OldestVersion);
            if (since is null) initial = store.List(call.Resource, call.Namespace);
            watcher = since > version ? null : store.Watch(call.Resource, call.Namespace, since);
        }
        call.Http.Response.ContentType = "application/json";
        using var stream = new WatchStream(call, Presentation.Of(call.Http.Request.Headers.Accept), levers, time);
        if (watcher is null)
        {
            await stream.ErrorAsync(StatusError.Expired(since!.Value, oldest));
            return;
        }
        using (watcher) await StreamAsync(call, stream, watcher, selection, initial, version, streaming);
    }

    private async Task StreamAsync(ApiCall call, WatchStream stream, Watcher watcher, Selection selection, List<StoredObject> initial, long version, bool streaming)
    {
        // At once, as a real server: on a quiet watch the first line may be long in coming.
        await levers.ThawedAsync(call.Aborted);
        await call.Http.Response.Body.FlushAsync(call.Aborted);
        initial.Sort((a, b) => string.CompareOrdinal(a.SortKey, b.SortKey));
        foreach (var stored in initial.Where(selection.Matches)) await stream.WriteAsync("ADDED", stored);
        var bookmarks = call.Flag("allowWatchBookmarks");
        if (streaming && bookmarks) await stream.BookmarkAsync(version, initialEnd: true);
        await stream.FlushAsync();

        var limit = call.Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : options.WatchLimit;
        using var ended = new CancellationTokenSource(limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, call.Aborted, levers.Stopping);
        try
        {
            while (true)
            {
                var more = watcher.Changes.WaitToReadAsync(stop.Token).AsTask();
                while (bookmarks && !more.IsCompleted)
                {
                    using var quiet = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                    var pause = Task.Delay(options.BookmarkInterval, time, quiet.Token);
                    if (await Task.WhenAny(more, pause) == more || stop.IsCancellationRequested)
                    {
                        await quiet.CancelAsync();
                        break;
                    }
                    await QuietBookmarkAsync(stream, watcher);
                }
                if (!await more) return;
                while (watcher.Changes.TryRead(out var change)) await WriteAsync(stream, selection, change);
                await stream.FlushAsync();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is up, the client has gone, or the server stops: the stream just ends.
        }
    }

    /// <summary>Only while nothing waits to be read: a bookmark must not overtake a change.</summary>
    private async Task QuietBookmarkAsync(WatchStream stream, Watcher watcher)
    {
        long version;
        lock (store.Gate)
        {
            if (watcher.Changes.TryPeek(out _)) return;
            version = store.Version;
        }
        await stream.BookmarkAsync(version, initialEnd: false);
        await stream.FlushAsync();
    }

    /// <summary>An object that comes into the selection is added, one that leaves it is deleted.</summary>
    private static async Task WriteAsync(WatchStream stream, Selection selection, Change change)
    {
        var now = change.Type != ChangeType.Deleted && selection.Matches(change.Object);
        var before = change.Previous is not null && selection.Matches(change.Previous);
        if (now) await stream.WriteAsync(before ? "MODIFIED" : "ADDED", change.Object);
        else if (before) await stream.WriteAsync("DELETED", change.Object);
    }
}

/// <summary>The lines of one watch.</summary>
internal sealed class WatchStream(ApiCall call, Form form, FaultLevers levers, TimeProvider time) : IDisposable
{
    private readonly MemoryStream _buffer = new();
    private bool _columnsSent;

    public async Task WriteAsync(string type, StoredObject stored)
    {
        Begin(type);
        if (form == Form.Table) _buffer.Write(Json.Bytes(Table.Write(call, [stored], stored.Version, time.GetUtcNow(), columns: !_columnsSent)));
        else if (form == Form.Metadata) _buffer.Write(Json.Bytes(Presentation.Metadata(stored)));
        else _buffer.Write(stored.Bytes);
        _columnsSent = true;
        _buffer.Write("}\n"u8);
        if (_buffer.Length > 64 * 1024) await FlushAsync();
    }

    public Task BookmarkAsync(long version, bool initialEnd)
    {
        var meta = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (initialEnd) meta["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        Begin("BOOKMARK");
        _buffer.Write(Json.Bytes(form switch
        {
            Form.Table => new JsonObject { ["kind"] = "Table", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = meta, ["columnDefinitions"] = null, ["rows"] = new JsonArray() },
            Form.Metadata => new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = meta },
            _ => new JsonObject { ["kind"] = call.Resource.Kind, ["apiVersion"] = call.Resource.ApiVersion, ["metadata"] = meta },
        }));
        _buffer.Write("}\n"u8);
        return Task.CompletedTask;
    }

    public async Task ErrorAsync(StatusError error)
    {
        Begin("ERROR");
        _buffer.Write(Json.Bytes(error.ToJson()));
        _buffer.Write("}\n"u8);
        await FlushAsync();
    }

    public async Task FlushAsync()
    {
        if (_buffer.Length == 0) return;
        await levers.ThawedAsync(call.Aborted);
        await call.Http.Response.Body.WriteAsync(_buffer.GetBuffer().AsMemory(0, (int)_buffer.Length), call.Aborted);
        await call.Http.Response.Body.FlushAsync(call.Aborted);
        _buffer.SetLength(0);
    }

    public void Dispose() => _buffer.Dispose();

    private void Begin(string type) => _buffer.Write(System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
}
