using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>How an informer reads a state and follows it.</summary>
public sealed class InformerTests : InformerHarness
{
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
    public async Task It_runs_once_and_ends_quietly_when_cancelled()
    {
        Start();
        await SyncByListAsync("5");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _informer.RunAsync(CancellationToken.None));
        await _stop.CancelAsync();
        await _run;
    }
}
