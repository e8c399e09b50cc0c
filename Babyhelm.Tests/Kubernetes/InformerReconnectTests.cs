using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>An informer whose server cuts, forgets, falls silent or goes away.</summary>
public sealed class InformerReconnectTests : InformerCase
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
        var kept = Pods.Items["a/kept"];

        await watch.SendAsync(Expired);
        if (streaming) await (await StreamAsync()).SendAsync([.. after.Select(p => Event("ADDED", p)), InitialEnd("10")]);
        else await (await Server.NextAsync()).AnswerAsync(200, List("10", after));

        var changes = new List<string>();
        while (changes.Count < 5)
        {
            var change = await Changes.Reader.ReadAsync();
            changes.Add($"{change.Kind} {change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}");
        }
        Assert.Equal(["Deleted gone 3", "Deleted replaced 4", "Applied changed 7", "Applied new 8", "Applied replaced 9"], [.. changes[..2].Order(), .. changes[2..]]);
        Assert.Equal(["a/changed", "a/kept", "a/new", "a/replaced"], Pods.Items.Keys.Order());
        Assert.Same(kept, Pods.Items["a/kept"]);
        Assert.Equal((2, null), (Pods.Status.Relists, Pods.Status.LastError));
    }

    [Fact]
    public async Task A_cut_connection_goes_on_from_the_last_version_after_a_pause()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await watch.SendAsync(Event("MODIFIED", Pod("p", "6")));
        await ExpectAsync("+p 1", "+p 6");
        watch.Cut();
        await Time.UntilTimerWithinAsync(Backoff.Least * 1.25);
        Assert.IsType<Unavailable>(Pods.Status.LastError);
        Assert.False(Server.HasArrivals);
        Time.Advance(Backoff.Least * 1.25);
        watch = await WatchAsync("6");
        await watch.SendAsync(Event("DELETED", Pod("p", "7")));
        await ExpectAsync("-p 7");
        Assert.Null(Pods.Status.LastError);
    }

    [Fact]
    public async Task A_silent_connection_is_replaced()
    {
        Start();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        var start = Time.GetUtcNow();
        await Wait.UntilAsync(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(5));
            return Pods.Status.LastError is not null;
        });
        Assert.True(Time.GetUtcNow() - start >= TimeSpan.FromSeconds(255));
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
        await Wait.UntilAsync(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return Server.HasArrivals;
        });
        await WatchAsync("5");
    }

    [Fact]
    public async Task A_cluster_that_is_away_is_tried_at_growing_distances_and_then_read_anew()
    {
        Start();
        await (await Server.NextAsync()).AnswerAsync(422, Unsupported);
        for (var failure = 0; failure < 5; failure++)
        {
            await (await Server.NextAsync()).AnswerAsync(503, "no", "text/plain");
            await Wait.UntilAsync(() => Pods.Status.LastError is KubernetesError { Status: 503 });
            Assert.False(Pods.Status.Synced);
            var least = Backoff.Least * Math.Max(1, 0.75 * Math.Pow(2, failure));
            await Time.UntilTimerWithinAsync(least * 1.7);
            Time.Advance(least * 0.99);
            Assert.False(Server.HasArrivals);
            Time.Advance(least);
        }
        await (await Server.NextAsync()).AnswerAsync(200, List("1"));
        await Pods.WaitForSyncAsync(CancellationToken.None);
        Assert.Null(Pods.Status.LastError);
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
            await Time.UntilTimerWithinAsync(TimeSpan.FromSeconds(20));
            Time.Advance(TimeSpan.FromSeconds(20));
            (await Server.NextAsync()).Cut();
        }
        await Time.UntilTimerWithinAsync(TimeSpan.FromSeconds(20));
        Time.Advance(Backoff.Least * 1.5);
        Assert.False(Server.HasArrivals);
        var version = Client.VersionAsync();
        await (await Server.NextAsync()).AnswerAsync(200, """{"major":"1","minor":"36"}""");
        Assert.Null((await version).Error);
        // The clock stands still: nothing but that answer brings it here.
        await (await Server.NextAsync()).AnswerAsync(200, List("9", Pod("p", "8")));
        await ExpectAsync("+p 8");
    }

    [Fact]
    public async Task A_server_that_answers_others_only_is_not_asked_without_end()
    {
        var asked = 0;
        Server.Answer = exchange =>
        {
            if (exchange.PathAndQuery == "/version") return exchange.AnswerAsync(200, """{"major":"1","minor":"36"}""");
            Interlocked.Increment(ref asked);
            exchange.Cut();
            return Task.CompletedTask;
        };
        Start();
        for (var round = 0; round < 60; round++)
        {
            await Time.UntilTimerWithinAsync(Backoff.Most);
            Assert.Null((await Client.VersionAsync()).Error);
            Time.Advance(TimeSpan.FromSeconds(1));
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
        await Time.UntilTimerWithinAsync(Informer<Pod>.Silence);
        Time.Advance(Informer<Pod>.Silence);
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
        watch = await WatchAsync("7");
        Assert.Null(Pods.Status.LastError);
    }

    [Fact]
    public async Task A_watch_that_expires_again_and_again_is_no_storm()
    {
        Start();
        var watch = await SyncByListAsync("5");
        await watch.SendAsync(Expired);
        await (await Server.NextAsync()).AnswerAsync(200, List("6"));
        watch = await WatchAsync("6");
        await watch.SendAsync(Expired);
        await Time.UntilTimerWithinAsync(Backoff.Least * 2.5);
        Assert.False(Server.HasArrivals);
        Assert.Equal(2, Pods.Status.Relists);
    }

    [Fact]
    public async Task The_state_is_read_anew_now_and_then()
    {
        Start();
        var start = Time.GetUtcNow();
        var watch = await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        await watch.SendAsync(Event("BOOKMARK", Pod("", "6")));
        // Watches end and begin anew from where they were, until the state is old.
        while (true)
        {
            // The watch stands, and waits for its next bookmark, when the time that the request had is off the clock.
            await Wait.UntilAsync(() => Time.NextDue > Client.RequestTimeout && Time.NextDue <= Informer<Pod>.Silence);
            Time.Advance(Time.NextDue!.Value);
            var next = await Server.NextAsync();
            if (!next.PathAndQuery.Contains("watch", StringComparison.Ordinal)) break;
            Assert.Contains("resourceVersion=6", next.PathAndQuery, StringComparison.Ordinal);
            await next.OpenAsync();
        }
        Assert.True(Time.GetUtcNow() - start > TimeSpan.FromMinutes(30));
    }
}
