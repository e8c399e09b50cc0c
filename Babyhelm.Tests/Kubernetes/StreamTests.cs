using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Watches and logs.</summary>
public sealed class StreamTests
{
    private readonly ManualTimeProvider _time = new();

    private KubernetesClient Client(ApiServer server) => new(ClusterConfig.For(server.Address, "t"), _time);

    private static string Event(string type, string name, string version) =>
        $$$"""{"type":"{{{type}}}","object":{"kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"a","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"} } }""";

    private static string Told(WatchEvent<Pod> e) => e.Error is null ? $"{e.Kind} {e.Object!.Metadata.Name} {e.Object.Metadata.ResourceVersion}" : $"{e.Kind} {e.Error.Code}";

    [Fact]
    public async Task Events_come_in_order_until_the_server_ends_the_watch()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        var events = client.WatchAsync<Pod>(ResourceType.Pods, new() { Namespace = "a", LabelSelector = "x=y", ResourceVersion = "1", Timeout = TimeSpan.FromSeconds(60) }).GetAsyncEnumerator();
        var next = events.MoveNextAsync();
        var watch = await server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods?watch=true&allowWatchBookmarks=true&labelSelector=x%3Dy&resourceVersion=1&timeoutSeconds=60", watch.PathAndQuery);
        await watch.OpenAsync();
        await watch.SendAsync(Event("ADDED", "p", "2"));
        Assert.True(await next);
        Assert.Equal("Added p 2", Told(events.Current));
        await watch.SendAsync(Event("MODIFIED", "p", "3"), "", Event("FUTURE", "p", "4"), Event("BOOKMARK", "", "5"), Event("DELETED", "p", "6"));
        var told = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await events.MoveNextAsync());
            told.Add(Told(events.Current));
        }
        Assert.Equal(["Modified p 3", "Bookmark  5", "Deleted p 6"], told);
        await watch.EndAsync();
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task A_recorded_expiry_in_mid_watch_is_a_typed_error_and_the_end()
    {
        var recorded = Recording.Load("protocol-basics").Select(e => e!["response"]!["body"]!.ToJsonString()).Single(b => b.Contains("too old resource version"));
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Event("ADDED", "p", "2") + "\n" + recorded + "\n" + Event("ADDED", "q", "3") + "\n"));
        using var client = Client(server);
        var events = await AllAsync(client, new());
        Assert.Equal(["Added p 2", "Error cluster-expired"], events.Select(Told));
        Assert.True(Assert.IsType<KubernetesError>(events[1].Error).IsExpired);
    }

    [Theory]
    [InlineData(403, """{"kind":"Status","message":"pods is forbidden","reason":"Forbidden","code":403}""", "application/json", "cluster-forbidden")]
    [InlineData(404, "404 page not found\n", "text/plain", "cluster-not-served")]
    [InlineData(200, "not json\n", "application/json", "cluster-garbled")]
    [InlineData(200, "{\"type\":\"ADDED\",\"object\":[]}\n", "application/json", "cluster-garbled")]
    [InlineData(200, "{\"type\":\"ADDED\"}\n", "application/json", "cluster-garbled")]
    [InlineData(200, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"na", "application/json", "cluster-garbled")]
    public async Task Failing_to_open_or_to_understand_is_an_error_item(int status, string body, string contentType, string code)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(status, body, contentType));
        using var client = Client(server);
        Assert.Equal([$"Error {code}"], (await AllAsync(client, new())).Select(Told));
    }

    [Fact]
    public async Task A_cut_connection_is_an_error_item()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        var all = AllAsync(client, new());
        var watch = await server.NextAsync();
        await watch.OpenAsync();
        await watch.SendAsync(Event("ADDED", "p", "2"));
        watch.Cut();
        Assert.Equal("Error unavailable", (await all).Select(Told).Last());
    }

    [Fact]
    public async Task A_silent_connection_is_given_up_after_its_timeout()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        var opened = new TaskCompletionSource();
        var all = AllAsync(client, new() { Timeout = TimeSpan.FromSeconds(60), Opened = opened.SetResult });
        var watch = await server.NextAsync();
        await watch.OpenAsync();
        await opened.Task;
        _time.Advance(TimeSpan.FromSeconds(74));
        Assert.False(all.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("nothing came within 75 s", Assert.IsType<Unavailable>(Assert.Single(await all).Error).Message);
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
    }

    [Fact]
    public async Task Cancelling_a_watch_closes_its_connection()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        using var cancel = new CancellationTokenSource();
        var all = AllAsync(client, new(), cancel.Token);
        var watch = await server.NextAsync();
        await watch.OpenAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all);
        await Wait.UntilAsync(() => watch.ClientGone.IsCancellationRequested);
    }

    private static async Task<List<WatchEvent<Pod>>> AllAsync(KubernetesClient client, WatchOptions options, CancellationToken cancellation = default)
    {
        var all = new List<WatchEvent<Pod>>();
        await foreach (var e in client.WatchAsync<Pod>(ResourceType.Pods, options, cancellation)) all.Add(e);
        return all;
    }

    private static async Task<List<LogLine>> LinesAsync(KubernetesClient client, LogOptions options, CancellationToken cancellation = default)
    {
        var lines = new List<LogLine>();
        await foreach (var line in client.LogsAsync("a", "web-1", options, cancellation)) lines.Add(line);
        return lines;
    }

    [Fact]
    public async Task All_options_of_a_log_are_sent()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, "", "text/plain"));
        using var client = Client(server);
        var since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1));
        Assert.Empty(await LinesAsync(client, new() { Container = "web", Follow = true, Previous = true, TailLines = 10, SinceTime = since, Timestamps = true, LimitBytes = 99 }));
        Assert.Equal("/api/v1/namespaces/a/pods/web-1/log?container=web&follow=true&previous=true&tailLines=10&sinceTime=2026-01-02T02%3A04%3A05.0000000Z&timestamps=true&limitBytes=99",
            server.Seen.Single().PathAndQuery);
    }

    [Fact]
    public async Task Lines_are_split_and_bad_bytes_replaced()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        var all = LinesAsync(client, new());
        var log = await server.NextAsync();
        await log.OpenAsync("text/plain");
        await log.SendBytesAsync([.. "one\r\n\nthr"u8, .. "ee "u8, 0xFF, 0xC3, (byte)'\n', .. "é last"u8]);
        await log.EndAsync();
        Assert.Equal(["one", "", "three \uFFFD\uFFFD", "é last"], (await all).Select(l => l.Text));
    }

    [Fact]
    public async Task Times_are_told_apart_from_the_text()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, "2026-01-02T03:04:05.123456789Z hello world\n2026-01-02T03:04:06Z \nno time\n", "text/plain"));
        using var client = Client(server);
        var lines = await LinesAsync(client, new() { Timestamps = true });
        Assert.Equal(["hello world", "", "no time"], lines.Select(l => l.Text));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), lines[0].Time!.Value.AddTicks(-(lines[0].Time!.Value.Ticks % TimeSpan.TicksPerSecond)));
        Assert.Equal(123, lines[0].Time!.Value.Millisecond);
        Assert.Null(lines[2].Time);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Long_lines_are_cut_between_characters_and_the_next_line_is_whole(int shift)
    {
        var longLine = new string('x', shift) + string.Concat(Enumerable.Repeat("€", 10_000));
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, $"before\n{longLine}\nafter\n{longLine}", "text/plain"));
        using var client = Client(server);
        var lines = await LinesAsync(client, new());
        Assert.Equal(["before", "after"], [lines[0].Text, lines[2].Text]);
        foreach (var cut in (LogLine[])[lines[1], lines[3]])
        {
            Assert.True(cut.IsCut);
            var text = cut.Text[..^KubernetesClient.CutMark(Encoding.UTF8.GetByteCount(longLine)).Length];
            Assert.StartsWith(text, longLine);
            Assert.InRange(Encoding.UTF8.GetByteCount(text), KubernetesClient.MaxLogLine - 3, KubernetesClient.MaxLogLine);
        }
    }

    [Theory]
    [InlineData(KubernetesClient.MaxLogLine, false)]
    [InlineData(KubernetesClient.MaxLogLine + 1, true)]
    public async Task Only_a_line_over_the_limit_is_cut(int length, bool isCut)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, $"{new string('x', length)}\nb\n", "text/plain"));
        using var client = Client(server);
        var lines = await LinesAsync(client, new());
        Assert.Equal([isCut, false], lines.Select(l => l.IsCut));
        Assert.Equal("b", lines[1].Text);
    }

    [Fact]
    public async Task Following_waits_for_lines_and_ends_with_cancellation()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server);
        using var cancel = new CancellationTokenSource();
        await using var lines = client.LogsAsync("a", "web-1", new() { Follow = true }, cancel.Token).GetAsyncEnumerator();
        var next = lines.MoveNextAsync();
        var log = await server.NextAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(next.IsCompleted);
        await log.OpenAsync("text/plain");
        await log.SendAsync("hello");
        Assert.True(await next);
        Assert.Equal("hello", lines.Current.Text);
        next = lines.MoveNextAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(next.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await Wait.UntilAsync(() => log.ClientGone.IsCancellationRequested);
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_or_breaks_off_ends_with_an_error()
    {
        const string Waiting = """{"kind":"Status","message":"container \"web\" in pod \"web-1\" is waiting to start: ContainerCreating","reason":"BadRequest","code":400}""";
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(400, Waiting));
        using var client = Client(server);
        Assert.Contains("waiting to start", Assert.Single(await LinesAsync(client, new())).Error!.Message);

        server.Answer = null;
        var all = LinesAsync(client, new() { Follow = true });
        var log = await server.NextAsync();
        await log.OpenAsync("text/plain");
        await log.SendAsync("one");
        log.Cut();
        Assert.IsType<Unavailable>((await all)[^1].Error);

        all = LinesAsync(client, new());
        log = await server.NextAsync();
        await log.OpenAsync("text/plain");
        await log.SendAsync("one");
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(30));
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            return all.IsCompleted;
        });
        Assert.Contains("nothing came within 30 s", Assert.IsType<Unavailable>((await all)[^1].Error).Message);
    }
}
