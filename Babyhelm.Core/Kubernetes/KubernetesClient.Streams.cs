using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Watches and logs: streams whose last item may be an error, and which throw on cancellation only.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>Longest text of a <see cref="LogLine"/>, in bytes as the container wrote them.</summary>
    public const int MaxLogLine = 16 * 1024;

    /// <summary>Added to a line that was cut.</summary>
    /// <param name="length">Of the whole line, in bytes.</param>
    public static string CutMark(long length) => string.Create(CultureInfo.InvariantCulture, $" … (cut after 16 KiB; the line has {length:N0} bytes)");

    /// <summary>Objects have 1.5 MiB at most (etcd's limit), a little more as JSON.</summary>
    private const int MaxEvent = 16 * 1024 * 1024;

    private static readonly TimeSpan WatchSlack = TimeSpan.FromSeconds(15);

    /// <summary>Changes as they happen. Ends without an error where the server ended it in good order, which is normal.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ResourceType type, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellation = default) where T : class
    {
        if (RequestProblem.Of(type, options.Namespace) is { } problem)
        {
            yield return new(WatchEventKind.Error, null, problem);
            yield break;
        }
        var request = new ClusterRequest(HttpMethod.Get, type.Path(options.Namespace) + Query(options))
        {
            Accept = options.MetadataOnly ? ClusterRequest.MetadataOnly : ClusterRequest.AnyObject,
        };
        if (!(await _transport.SendAsync(request, RequestTimeout, cancellation)).Ok(out var response, out var error))
        {
            yield return new(WatchEventKind.Error, null, error);
            yield break;
        }
        using (response)
        {
            var life = options.Timeout + WatchSlack;
            using var clock = new CancellationTokenSource(life, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
            using var lines = new LineReader(await response.Content.ReadAsStreamAsync(cancellation), MaxEvent);
            options.Opened?.Invoke();
            while (true)
            {
                var (line, broken) = await NextAsync(lines, either.Token, cancellation);
                if (broken is null && line is null) yield break;
                if (broken is null) _transport.Pulse.Alive();
                else _transport.Pulse.Lost();
                var next = broken is null ? WatchLine.Parse<T>(line!.Value, request)
                    : new(WatchEventKind.Error, null, clock.IsCancellationRequested ? ConnectionFault.Timeout(config.Server, life) : broken);
                if (next is null) continue;
                yield return next;
                if (next.Kind == WatchEventKind.Error) yield break;
            }
        }
    }

    /// <summary>A container's log, line by line. Memory stays bounded whatever the container wrote.</summary>
    public async IAsyncEnumerable<LogLine> LogsAsync(
        string ns, string pod, LogOptions options, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (RequestProblem.Of(ResourceType.Pods, ns, pod) is { } problem)
        {
            yield return new("", Error: problem);
            yield break;
        }
        // The kubelet sends no headers before the first line, so following has no time limit for them.
        TimeSpan? limit = options.Follow ? null : RequestTimeout;
        var request = new ClusterRequest(HttpMethod.Get, ResourceType.Pods.Path(ns, pod) + "/log" + Query(options)) { Accept = "text/plain, application/json, */*" };
        if (!(await _transport.SendAsync(request, limit, cancellation)).Ok(out var response, out var error))
        {
            yield return new("", Error: error);
            yield break;
        }
        using (response)
        {
            using var clock = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
            using var lines = new LineReader(await response.Content.ReadAsStreamAsync(cancellation), MaxLogLine);
            while (true)
            {
                if (limit is { } l) clock.CancelAfter(l);
                var (line, broken) = await NextAsync(lines, either.Token, cancellation);
                if (line is null && broken is null) yield break;
                yield return broken is null ? Line(line!.Value, options.Timestamps)
                    : new("", Error: clock.IsCancellationRequested ? ConnectionFault.Timeout(config.Server, limit!.Value) : broken);
                if (broken is not null) yield break;
            }
        }
    }

    /// <summary>The next line, an error, or neither at the end.</summary>
    private async ValueTask<(LineReader.Line? Line, Error? Error)> NextAsync(LineReader lines, CancellationToken either, CancellationToken cancellation)
    {
        if (lines.TryTake(out var ready)) return (ready, null);
        try
        {
            return (await lines.ReadAsync(either), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, ConnectionFault.Timeout(config.Server, RequestTimeout));
        }
        catch (Exception e) when (ConnectionFault.Is(e))
        {
            cancellation.ThrowIfCancellationRequested();
            return (null, ConnectionFault.From(config.Server, e));
        }
    }

    private static Query Query(WatchOptions options) => new Query()
        .Add("watch", true)
        .Add("allowWatchBookmarks", true)
        .Add("labelSelector", options.LabelSelector)
        .Add("fieldSelector", options.FieldSelector)
        .Add("resourceVersion", options.ResourceVersion)
        .Add("sendInitialEvents", options.SendInitialEvents)
        .Add("resourceVersionMatch", options.SendInitialEvents ? "NotOlderThan" : null)
        .Add("timeoutSeconds", (long)options.Timeout.TotalSeconds);

    private static Query Query(LogOptions options) => new Query()
        .Add("container", options.Container)
        .Add("follow", options.Follow)
        .Add("previous", options.Previous)
        .Add("tailLines", options.TailLines)
        .Add("sinceTime", options.SinceTime?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture))
        .Add("timestamps", options.Timestamps)
        .Add("limitBytes", options.LimitBytes);

    private static LogLine Line(LineReader.Line line, bool timestamps)
    {
        var bytes = line.Bytes.Span;
        var isCut = line.Cut > 0;
        var left = isCut ? line.Cut + bytes.Length - WholeCharacters(bytes) : 0;
        if (isCut) bytes = bytes[..WholeCharacters(bytes)];
        else if (bytes is [.., (byte)'\r']) bytes = bytes[..^1];
        DateTimeOffset? time = null;
        if (timestamps && bytes.IndexOf((byte)' ') is > 0 and <= 40 and var space
            && DateTimeOffset.TryParse(Encoding.ASCII.GetString(bytes[..space]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
        {
            time = parsed;
            bytes = bytes[(space + 1)..];
        }
        var text = Encoding.UTF8.GetString(bytes);
        return new LogLine(isCut ? text + CutMark(bytes.Length + left) : text, time, isCut);
    }

    /// <summary>Length without the beginning of a character that the cut has split.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= 4 && back <= bytes.Length; back++)
        {
            var b = bytes[^back];
            if ((b & 0xC0) == 0x80) continue;
            var needs = b switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return needs > back ? bytes.Length - back : bytes.Length;
        }
        return bytes.Length;
    }
}
