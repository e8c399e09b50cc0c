using System.Threading.Channels;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The informer against a scripted server: each test plays the server, request by request.</summary>
public sealed class InformerTests : IAsyncLifetime
{
    private const string Unsupported = """{"kind":"Status","message":"resourceVersionMatch is forbidden for watch","reason":"Invalid","code":422}""";
    private const string Expired = """{"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (724)","reason":"Expired","code":410} }""";

    private readonly ManualTimeProvider _time = new();
    private readonly Channel<ResourceChange<Pod>> _changes = Channel.CreateBounded<ResourceChange<Pod>>(1000);
    private readonly CancellationTokenSource _stop = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Informer<Pod> _informer = null!;
    private Task _run = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"), _time);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private void Start(Func<Pod, Pod?>? slim = null, InformerOptions? options = null)
    {
        _informer = new Informer<Pod>(_client, ResourceType.Pods, "x=y", "a", c => Assert.True(_changes.Writer.TryWrite(c)), _time, NullLogger.Instance, slim, options);
        _run = _informer.RunAsync(_stop.Token);
    }

    private static string Pod(string name, string version, string? uid = null, string annotations = "{}") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"a","uid":"{{{uid ?? "u-" + name}}}","resourceVersion":"{{{version}}}","annotations":{{{annotations}}} } }""";

    private static string Event(string type, string pod) => $$"""{"type":"{{type}}","object":{{pod}} }""";

    private static string InitialEnd(string version) => Event("BOOKMARK", Pod("", version, "", """{"k8s.io/initial-events-end":"true"}"""));

    private static string List(string version, params string[] pods) => $$$"""{"metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', pods)}}}]}""";

    private async Task ExpectAsync(params string[] changes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var told = new List<string>();
        while (told.Count < changes.Length)
        {
            var change = await _changes.Reader.ReadAsync(limit.Token);
            told.Add($"{(change.Kind == ChangeKind.Applied ? '+' : '-')}{change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}");
        }
        Assert.Equal(changes, told);
    }

    /// <summary>Answers the first two requests: no streaming list, then a list. Gives the watch that follows.</summary>
    private async Task<Exchange> SyncByListAsync(string version, params string[] pods)
    {
        await (await _server.NextAsync()).AnswerAsync(422, Unsupported);
        var list = await _server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods?labelSelector=x%3Dy&limit=500", list.PathAndQuery);
        await list.AnswerAsync(200, List(version, pods));
        return await WatchAsync(version);
    }

    private async Task<Exchange> WatchAsync(string version)
    {
        var watch = await _server.NextAsync();
        Assert.Contains($"watch=true&allowWatchBookmarks=true&labelSelector=x%3Dy&resourceVersion={version}&timeoutSeconds=", watch.PathAndQuery);
        await watch.OpenAsync();
        return watch;
    }

    private async Task<Exchange> StreamAsync()
    {
        var stream = await _server.NextAsync();
        Assert.Contains("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", stream.PathAndQuery);
        Assert.DoesNotContain("resourceVersion=", stream.PathAndQuery);
        await stream.OpenAsync();
        return stream;
    }

    [Fact]
    public async Task A_streaming_list_is_complete_at_its_bookmark_and_goes_on_as_a_watch()
    {
        Start();
        var stream = await StreamAsync();
        await stream.SendAsync(Event("ADDED", Pod("p", "1")), Event("ADDED", Pod("q", "2")), Event("MODIFIED", Pod("p", "3")), Event("ADDED", Pod("r", "4")), Event("DELETED", Pod("r", "5")));
        var synced = _informer.WaitForSyncAsync(CancellationToken.None);
        Assert.False(synced.IsCompleted);
        Assert.Empty(_informer.Items);
        await stream.SendAsync(InitialEnd("6"));
        await ExpectAsync("+p 3", "+q 2");
        await synced;
        Assert.Equal(["a/p", "a/q"], _informer.Items.Keys.Order());

        await stream.SendAsync(Event("MODIFIED", Pod("q", "7")), Event("DELETED", Pod("p", "8")), Event("ADDED", Pod("s", "9")), Event("BOOKMARK", Pod("", "12")));
        await ExpectAsync("+q 7", "-p 8", "+s 9");
        await stream.EndAsync();
        await WatchAsync("12");
        Assert.Equal(new InformerStatus(true, _time.GetUtcNow(), null, 1, 2), _informer.Status);
    }

    [Fact]
    public async Task A_server_without_streaming_lists_is_listed_and_remembered()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"), Pod("q", "2"));
        await ExpectAsync("+p 1", "+q 2");
        await watch.SendAsync(Event("MODIFIED", Pod("p", "6")));
        await ExpectAsync("+p 6");
        await watch.SendAsync(Expired);
        var list = await _server.NextAsync();
        Assert.DoesNotContain("sendInitialEvents", list.PathAndQuery);
        await list.AnswerAsync(200, List("9", Pod("q", "2")));
        await ExpectAsync("-p 6");
    }

    [Fact]
    public async Task A_server_that_takes_a_streaming_list_for_a_plain_watch_is_listed()
    {
        Start();
        var stream = await StreamAsync();
        await stream.SendAsync(Event("ADDED", Pod("p", "1")));
        await Wait.UntilAsync(() => _informer.Status.LastContact is not null);
        await _time.UntilTimerWithinAsync(Informer<Pod>.InitialSilence);
        _time.Advance(Informer<Pod>.InitialSilence);
        await Wait.UntilAsync(() => stream.ClientGone.IsCancellationRequested);
        await (await _server.NextAsync()).AnswerAsync(200, List("2", Pod("p", "1")));
        await ExpectAsync("+p 1");
        await WatchAsync("2");
        Assert.Null(_informer.Status.LastError);
    }

    [Fact]
    public async Task A_server_that_ends_a_streaming_list_before_its_bookmark_is_listed()
    {
        Start();
        await (await StreamAsync()).EndAsync();
        await (await _server.NextAsync()).AnswerAsync(200, List("2", Pod("p", "1")));
        await ExpectAsync("+p 1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_an_expiry_deletions_in_the_gap_are_seen_and_unchanged_objects_are_not(bool streaming)
    {
        Start();
        Exchange watch;
        string[] before = [Pod("kept", "1"), Pod("changed", "2"), Pod("gone", "3"), Pod("replaced", "4", "old")];
        string[] after = [Pod("kept", "1"), Pod("changed", "7"), Pod("new", "8"), Pod("replaced", "9", "new")];
        if (streaming)
        {
            watch = await StreamAsync();
            await watch.SendAsync([.. before.Select(p => Event("ADDED", p)), InitialEnd("5")]);
        }
        else watch = await SyncByListAsync("5", before);
        await ExpectAsync("+kept 1", "+changed 2", "+gone 3", "+replaced 4");
        var kept = _informer.Items["a/kept"];

        await watch.SendAsync(Expired);
        if (streaming) await (await StreamAsync()).SendAsync([.. after.Select(p => Event("ADDED", p)), InitialEnd("10")]);
        else await (await _server.NextAsync()).AnswerAsync(200, List("10", after));

        var changes = new List<string>();
        while (changes.Count < 5)
        {
            var change = await _changes.Reader.ReadAsync();
            changes.Add($"{change.Kind} {change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}");
        }
        Assert.Equal(["Deleted gone 3", "Deleted replaced 4", "Applied changed 7", "Applied new 8", "Applied replaced 9"], [.. changes[..2].Order(), .. changes[2..]]);
        Assert.Equal(["a/changed", "a/kept", "a/new", "a/replaced"], _informer.Items.Keys.Order());
        Assert.Same(kept, _informer.Items["a/kept"]);
        Assert.Equal((2, null), (_informer.Status.Relists, _informer.Status.LastError));
    }

    [Fact]
    public async Task A_cut_connection_goes_on_from_the_last_version_after_a_pause()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await watch.SendAsync(Event("MODIFIED", Pod("p", "6")));
        await ExpectAsync("+p 1", "+p 6");
        watch.Cut();
        await _time.UntilTimerWithinAsync(Backoff.Least * 1.25);
        Assert.IsType<Unavailable>(_informer.Status.LastError);
        Assert.False(_server.HasArrivals);
        _time.Advance(Backoff.Least * 1.25);
        watch = await WatchAsync("6");
        await watch.SendAsync(Event("DELETED", Pod("p", "7")));
        await ExpectAsync("-p 7");
        Assert.Null(_informer.Status.LastError);
    }

    [Fact]
    public async Task A_silent_connection_is_replaced()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        var start = _time.GetUtcNow();
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return _informer.Status.LastError is not null;
        });
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(255));
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _server.HasArrivals;
        });
        await WatchAsync("5");
    }

    [Fact]
    public async Task A_cluster_that_is_away_is_tried_at_growing_distances_and_then_read_anew()
    {
        Start();
        await (await _server.NextAsync()).AnswerAsync(422, Unsupported);
        for (var failure = 0; failure < 5; failure++)
        {
            await (await _server.NextAsync()).AnswerAsync(503, "no", "text/plain");
            await Wait.UntilAsync(() => _informer.Status.LastError is KubernetesError { Status: 503 });
            Assert.False(_informer.Status.Synced);
            var least = Backoff.Least * Math.Max(1, 0.75 * Math.Pow(2, failure));
            await _time.UntilTimerWithinAsync(least * 1.7);
            _time.Advance(least * 0.99);
            Assert.False(_server.HasArrivals);
            _time.Advance(least);
        }
        await (await _server.NextAsync()).AnswerAsync(200, List("1"));
        await _informer.WaitForSyncAsync(CancellationToken.None);
        Assert.Null(_informer.Status.LastError);
    }

    [Fact]
    public async Task The_first_answer_to_anybody_ends_the_wait()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        watch.Cut();
        // Within 20 s: a wait, not the 30 s that a request has.
        for (var failure = 0; failure < 4; failure++)
        {
            await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(20));
            _time.Advance(TimeSpan.FromSeconds(20));
            (await _server.NextAsync()).Cut();
        }
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(20));
        _time.Advance(Backoff.Least * 1.5);
        Assert.False(_server.HasArrivals);
        var version = _client.VersionAsync();
        await (await _server.NextAsync()).AnswerAsync(200, """{"major":"1","minor":"36"}""");
        Assert.Null((await version).Error);
        // The clock stands still: nothing but that answer brings it here.
        await (await _server.NextAsync()).AnswerAsync(200, List("9", Pod("p", "8")));
        await ExpectAsync("+p 8");
    }

    [Fact]
    public async Task A_server_that_answers_others_only_is_not_asked_without_end()
    {
        var asked = 0;
        _server.Answer = exchange =>
        {
            if (exchange.PathAndQuery == "/version") return exchange.AnswerAsync(200, """{"major":"1","minor":"36"}""");
            Interlocked.Increment(ref asked);
            exchange.Cut();
            return Task.CompletedTask;
        };
        Start();
        for (var round = 0; round < 60; round++)
        {
            await _time.UntilTimerWithinAsync(Backoff.Most);
            Assert.Null((await _client.VersionAsync()).Error);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(Volatile.Read(ref asked), 3, 20);
    }

    [Fact]
    public async Task A_watch_that_misses_its_bookmarks_is_replaced_early()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        await watch.SendAsync(Event("BOOKMARK", Pod("", "6")), Event("MODIFIED", Pod("p", "7")));
        await ExpectAsync("+p 7");
        await _time.UntilTimerWithinAsync(Informer<Pod>.Silence);
        _time.Advance(Informer<Pod>.Silence);
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
        watch = await WatchAsync("7");
        Assert.Null(_informer.Status.LastError);
    }

    [Fact]
    public async Task A_type_that_is_not_served_is_no_failure_if_it_is_optional_and_is_looked_for_again()
    {
        Start(options: new InformerOptions(Optional: true));
        await (await _server.NextAsync()).AnswerAsync(404, "404 page not found", "text/plain");
        await _informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(_informer.Status.Synced);
        Assert.True(_informer.Status.Unserved!.IsNotServed);
        Assert.Null(_informer.Status.LastError);
        await _time.UntilTimerWithinAsync(Informer<Pod>.LookAgain * 1.25);
        _time.Advance(Informer<Pod>.LookAgain * 0.7);
        Assert.False(_server.HasArrivals);
        _time.Advance(Informer<Pod>.LookAgain * 0.6);
        await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        Assert.Equal((true, null), (_informer.Status.Synced, _informer.Status.Unserved));
    }

    [Fact]
    public async Task A_web_page_in_place_of_the_api_is_a_failure_of_an_optional_type_too()
    {
        Start(options: new InformerOptions(Optional: true));
        await (await _server.NextAsync()).AnswerAsync(404, "<html><title>nothing here</title></html>", "text/html");
        await Wait.UntilAsync(() => _informer.Status.LastError is not null);
        Assert.Null(_informer.Status.Unserved);
        Assert.NotNull(_informer.Status.FailingSince);
    }

    [Fact]
    public void Waiting_times_double_up_to_30_seconds_and_are_spread()
    {
        var (low, middle, high) = (new Backoff(() => 0), new Backoff(() => 0.5), new Backoff(() => 1));
        Assert.Equal([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30], Enumerable.Range(0, 8).Select(_ => Math.Round(middle.Next().TotalSeconds, 3)));
        Assert.Equal([0.8, 1.2, 2.4], Enumerable.Range(0, 3).Select(_ => Math.Round(low.Next().TotalSeconds, 3)));
        Assert.Equal([1.0, 2.0, 4.0], Enumerable.Range(0, 3).Select(_ => Math.Round(high.Next().TotalSeconds, 3)));
        middle.Reset();
        Assert.Equal(0.8, middle.Next().TotalSeconds);
    }

    [Fact]
    public async Task A_watch_that_expires_again_and_again_is_no_storm()
    {
        Start();
        var watch = await SyncByListAsync("5");
        await watch.SendAsync(Expired);
        await (await _server.NextAsync()).AnswerAsync(200, List("6"));
        watch = await WatchAsync("6");
        await watch.SendAsync(Expired);
        await _time.UntilTimerWithinAsync(Backoff.Least * 2.5);
        Assert.False(_server.HasArrivals);
        Assert.Equal(2, _informer.Status.Relists);
    }

    [Fact]
    public async Task Objects_are_reduced_or_dropped_before_they_are_kept()
    {
        Start(pod => pod.Metadata.Label("drop") == "yes" ? null : pod with { Metadata = pod.Metadata with { Annotations = null } });
        string With(string name, string version, string drop) => Pod(name, version).Replace("\"annotations\":{}", $"\"annotations\":{{\"big\":\"x\"}},\"labels\":{{\"drop\":\"{drop}\"}}");
        var watch = await SyncByListAsync("5", With("p", "1", "no"), With("q", "2", "yes"));
        await ExpectAsync("+p 1");
        Assert.Null(_informer.Items["a/p"].Metadata.Annotations);
        await watch.SendAsync(Event("MODIFIED", With("p", "6", "yes")), Event("ADDED", With("r", "7", "no")), Event("DELETED", With("q", "8", "yes")), Event("MODIFIED", With("r", "9", "no")));
        await ExpectAsync("-p 1", "+r 7", "+r 9");
        Assert.Equal(["a/r"], _informer.Items.Keys);
    }

    [Fact]
    public async Task The_state_is_read_anew_now_and_then()
    {
        Start();
        var start = _time.GetUtcNow();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        await watch.SendAsync(Event("BOOKMARK", Pod("", "6")));
        // Watches end and begin anew from where they were, until the state is old.
        while (true)
        {
            // The watch stands, and waits for its next bookmark, when the time that the request had is off the clock.
            await Wait.UntilAsync(() => _time.NextDue > _client.RequestTimeout && _time.NextDue <= Informer<Pod>.Silence);
            _time.Advance(_time.NextDue!.Value);
            var next = await _server.NextAsync();
            if (!next.PathAndQuery.Contains("watch", StringComparison.Ordinal)) break;
            Assert.Contains("resourceVersion=6", next.PathAndQuery, StringComparison.Ordinal);
            await next.OpenAsync();
        }
        Assert.True(_time.GetUtcNow() - start > TimeSpan.FromMinutes(30));
    }

    [Fact]
    public async Task It_runs_once_and_ends_quietly_when_cancelled()
    {
        Start();
        await SyncByListAsync("5");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _informer.RunAsync(CancellationToken.None));
        await _stop.CancelAsync();
        await _run;
    }

    /// <summary>Every watch that was recorded, played as the streaming list that it was.</summary>
    [Theory]
    [InlineData("rollout-then-update")]
    [InlineData("crash-loop")]
    [InlineData("out-of-memory")]
    [InlineData("quota-exceeded")]
    [InlineData("pod-security-rejection")]
    [InlineData("unschedulable")]
    [InlineData("secret-missing")]
    [InlineData("image-not-found")]
    [InlineData("image-name-invalid")]
    [InlineData("never-ready-deadline")]
    public async Task Recorded_pods_end_in_the_state_of_their_last_events(string scenario)
    {
        var events = Recording.Load(scenario).Single(e => e!["watch"]?.GetValue<string>().Contains("/pods?") == true)!["events"]!.AsArray();
        Start();
        var stream = await StreamAsync();
        var expected = new Dictionary<string, string>();
        foreach (var e in events)
        {
            var (type, metadata) = (e!["type"]!.GetValue<string>(), e["object"]!["metadata"]!);
            await stream.SendAsync(new System.Text.Json.Nodes.JsonObject { ["type"] = type, ["object"] = e["object"]!.DeepClone() }.ToJsonString());
            if (type == "BOOKMARK") continue;
            var key = $"{metadata["namespace"]}/{metadata["name"]}";
            if (type == "DELETED") expected.Remove(key);
            else expected[key] = metadata["resourceVersion"]!.GetValue<string>();
        }
        await stream.SendAsync(Event("ADDED", Pod("last", "999999")));
        await Wait.UntilAsync(() => _informer.Items.ContainsKey("a/last"));
        Assert.Equal(expected.OrderBy(p => p.Key), _informer.Items.Where(p => p.Key != "a/last").Select(p => KeyValuePair.Create(p.Key, p.Value.Metadata.ResourceVersion)).OrderBy(p => p.Key));
        Assert.All(_informer.Items.Values, p => Assert.NotEmpty(p.Metadata.Uid));
        Assert.Null(_informer.Status.LastError);
    }
}
