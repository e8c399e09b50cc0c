using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>An informer whose watch expires, breaks, falls silent or finds no cluster.</summary>
public sealed class InformerFaultTests : InformerHarness
{
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
    public async Task The_state_is_read_anew_now_and_then()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        await watch.SendAsync(Event("BOOKMARK", Pod("", "6")));
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return _time.GetUtcNow() > new DateTimeOffset(2026, 1, 1, 0, 31, 0, TimeSpan.Zero);
        });
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _server.HasArrivals;
        });
        Assert.DoesNotContain("watch", (await _server.NextAsync()).PathAndQuery);
    }
}
