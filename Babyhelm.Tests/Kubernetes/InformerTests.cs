using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>What an informer reads, keeps and tells.</summary>
public sealed class InformerTests : InformerCase
{
    [Fact]
    public async Task A_streaming_list_is_complete_at_its_bookmark_and_goes_on_as_a_watch()
    {
        Start();
        var stream = await StreamAsync();
        await stream.SendAsync(Event("ADDED", Pod("p", "1")), Event("ADDED", Pod("q", "2")), Event("MODIFIED", Pod("p", "3")), Event("ADDED", Pod("r", "4")), Event("DELETED", Pod("r", "5")));
        var synced = Pods.WaitForSyncAsync(CancellationToken.None);
        Assert.False(synced.IsCompleted);
        Assert.Empty(Pods.Items);
        await stream.SendAsync(InitialEnd("6"));
        await ExpectAsync("+p 3", "+q 2");
        await synced;
        Assert.Equal(["a/p", "a/q"], Pods.Items.Keys.Order());

        await stream.SendAsync(Event("MODIFIED", Pod("q", "7")), Event("DELETED", Pod("p", "8")), Event("ADDED", Pod("s", "9")), Event("BOOKMARK", Pod("", "12")));
        await ExpectAsync("+q 7", "-p 8", "+s 9");
        await stream.EndAsync();
        await WatchAsync("12");
        Assert.Equal(new InformerStatus(true, Time.GetUtcNow(), null, 1, 2), Pods.Status);
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
        var list = await Server.NextAsync();
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
        await Wait.UntilAsync(() => Pods.Status.LastContact is not null);
        await Time.UntilTimerWithinAsync(Informer<Pod>.InitialSilence);
        Time.Advance(Informer<Pod>.InitialSilence);
        await Wait.UntilAsync(() => stream.ClientGone.IsCancellationRequested);
        await (await Server.NextAsync()).AnswerAsync(200, List("2", Pod("p", "1")));
        await ExpectAsync("+p 1");
        await WatchAsync("2");
        Assert.Null(Pods.Status.LastError);
    }

    [Fact]
    public async Task A_server_that_ends_a_streaming_list_before_its_bookmark_is_listed()
    {
        Start();
        await (await StreamAsync()).EndAsync();
        await (await Server.NextAsync()).AnswerAsync(200, List("2", Pod("p", "1")));
        await ExpectAsync("+p 1");
    }

    [Fact]
    public async Task A_type_that_is_not_served_is_no_failure_if_it_is_optional_and_is_looked_for_again()
    {
        Start(options: new InformerOptions(Optional: true));
        await (await Server.NextAsync()).AnswerAsync(404, "404 page not found", "text/plain");
        await Pods.WaitForSyncAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(Pods.Status.Synced);
        Assert.True(Pods.Status.Unserved!.IsNotServed);
        Assert.Null(Pods.Status.LastError);
        await Time.UntilTimerWithinAsync(Informer<Pod>.LookAgain * 1.25);
        Time.Advance(Informer<Pod>.LookAgain * 0.7);
        Assert.False(Server.HasArrivals);
        Time.Advance(Informer<Pod>.LookAgain * 0.6);
        await SyncByListAsync("5", Pod("p", "1"));
        await ExpectAsync("+p 1");
        Assert.Equal((true, null), (Pods.Status.Synced, Pods.Status.Unserved));
    }

    [Fact]
    public async Task A_web_page_in_place_of_the_api_is_a_failure_of_an_optional_type_too()
    {
        Start(options: new InformerOptions(Optional: true));
        await (await Server.NextAsync()).AnswerAsync(404, "<html><title>nothing here</title></html>", "text/html");
        await Wait.UntilAsync(() => Pods.Status.LastError is not null);
        Assert.Null(Pods.Status.Unserved);
        Assert.NotNull(Pods.Status.FailingSince);
    }

    [Fact]
    public async Task Objects_are_reduced_or_dropped_before_they_are_kept()
    {
        Start(pod => pod.Metadata.Label("drop") == "yes" ? null : pod with { Metadata = pod.Metadata with { Annotations = null } });
        string With(string name, string version, string drop) => Pod(name, version).Replace("\"annotations\":{}", $"\"annotations\":{{\"big\":\"x\"}},\"labels\":{{\"drop\":\"{drop}\"}}");
        var watch = await SyncByListAsync("5", With("p", "1", "no"), With("q", "2", "yes"));
        await ExpectAsync("+p 1");
        Assert.Null(Pods.Items["a/p"].Metadata.Annotations);
        await watch.SendAsync(Event("MODIFIED", With("p", "6", "yes")), Event("ADDED", With("r", "7", "no")), Event("DELETED", With("q", "8", "yes")), Event("MODIFIED", With("r", "9", "no")));
        await ExpectAsync("-p 1", "+r 7", "+r 9");
        Assert.Equal(["a/r"], Pods.Items.Keys);
    }

    [Fact]
    public async Task It_runs_once_and_ends_quietly_when_cancelled()
    {
        Start();
        await SyncByListAsync("5");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Pods.RunAsync(CancellationToken.None));
        await Stop.CancelAsync();
        await Run;
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
        await Wait.UntilAsync(() => Pods.Items.ContainsKey("a/last"));
        Assert.Equal(expected.OrderBy(p => p.Key), Pods.Items.Where(p => p.Key != "a/last").Select(p => KeyValuePair.Create(p.Key, p.Value.Metadata.ResourceVersion)).OrderBy(p => p.Key));
        Assert.All(Pods.Items.Values, p => Assert.NotEmpty(p.Metadata.Uid));
        Assert.Null(Pods.Status.LastError);
    }
}
