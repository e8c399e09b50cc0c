using System.Threading.Channels;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Following a log against a scripted server that cuts connections, restarts the container and goes away.</summary>
public sealed class FollowLogsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(1000);
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(1000);
    private readonly CancellationTokenSource _stop = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Task _following = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"), _time);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private void Start(int? tail = 10, string? uid = null) => _following = Task.Run(async () =>
    {
        try
        {
            var options = new FollowOptions { TailLines = tail, Uid = uid, Changed = async token => await _changes.Reader.ReadAsync(token) };
            await foreach (var line in _client.FollowLogsAsync("a", "web-1", options, _stop.Token)) await _lines.Writer.WriteAsync(line);
        }
        finally
        {
            _lines.Writer.Complete();
        }
    });

    private static string Pod(string state, int restarts = 0, string phase = "Running", string uid = "u-1") => $$$"""
        {"kind":"Pod","metadata":{"name":"web-1","namespace":"a","uid":"{{{uid}}}"},"spec":{"containers":[{"name":"web"},{"name":"side"}]},
         "status":{"phase":"{{{phase}}}","containerStatuses":[{"name":"side","restartCount":7,"state":{"running":{} } },{"name":"web","restartCount":{{{restarts}}},{{{state}}} }]} }
        """;

    private const string Running = "\"state\":{\"running\":{\"startedAt\":\"2026-01-01T00:00:00Z\"} }";
    private const string Waiting = "\"state\":{\"waiting\":{\"reason\":\"ContainerCreating\"} }";
    private const string Ended = "\"state\":{\"terminated\":{\"exitCode\":1} }";
    private const string BackingOff = "\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"} },\"lastState\":{\"terminated\":{\"exitCode\":1} }";
    private const string NoPrevious = """{"kind":"Status","message":"previous terminated container \"web\" in pod \"web-1\" not found","reason":"BadRequest","code":400}""";

    /// <summary>The next request, which must be for the pod.</summary>
    private async Task PodAsync(string pod, int status = 200)
    {
        var request = await _server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods/web-1", request.PathAndQuery);
        await request.AnswerAsync(status, pod);
    }

    /// <summary>The next request, which must be for this of the log.</summary>
    private async Task<Exchange> LogAsync(string query)
    {
        var request = await _server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods/web-1/log?" + query, request.PathAndQuery);
        return request;
    }

    private async Task<Exchange> OpenLogAsync(string query)
    {
        var request = await LogAsync(query);
        await request.OpenAsync("text/plain");
        return request;
    }

    private static string At(int second, string text, string fraction = "000000000") => $"2026-01-01T00:00:{second:00}.{fraction}Z {text}";

    private static string Since(int second, string fraction = "0000000") => $"sinceTime=2026-01-01T00%3A00%3A{second:00}.{fraction}Z";

    private async Task ExpectAsync(params string[] texts)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var text in texts)
        {
            var line = await _lines.Reader.ReadAsync(limit.Token);
            Assert.Null(line.Error);
            Assert.Equal(text, line.Text);
        }
    }

    private async Task EndsAsync()
    {
        await _following.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(_lines.Reader.TryPeek(out var more), more?.ToString());
    }

    /// <summary>Before the first new line of a log that was opened again the run before is asked for; there was none.</summary>
    private async Task NothingBeforeAsync(string since) => await (await LogAsync($"previous=true&{since}&timestamps=true")).AnswerAsync(400, NoPrevious);

    /// <summary>Begins to follow a container that has written two lines.</summary>
    private async Task<Exchange> FollowingAsync()
    {
        Start();
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=10&timestamps=true")).AnswerAsync(200, $"{At(1, "one")}\n{At(2, "two")}\n", "text/plain");
        return await OpenLogAsync($"follow=true&{Since(2)}&timestamps=true");
    }

    private async Task BackOffAsync(TimeSpan wait)
    {
        await _time.UntilTimerWithinAsync(wait);
        Assert.False(_server.HasArrivals);
        _time.Advance(wait);
    }

    [Fact]
    public async Task The_tail_comes_first_and_then_what_is_written()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        await log.SendAsync(At(2, "two"), At(3, "three"));
        await NothingBeforeAsync(Since(2));
        await ExpectAsync("three");
        await log.SendAsync(At(4, "four"));
        await ExpectAsync("four");
    }

    [Fact]
    public async Task After_a_cut_lines_of_the_same_second_and_of_the_same_time_are_neither_lost_nor_doubled()
    {
        var log = await FollowingAsync();
        await log.SendAsync(At(2, "two"), At(3, "a", "100000000"), At(3, "b", "100000000"), At(3, "b", "100000000"));
        await NothingBeforeAsync(Since(2));
        await ExpectAsync("one", "two", "a", "b", "b");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(3, "1000000")}&timestamps=true");
        // The server sends the second from its start; two more lines have come of the time of the last one.
        await log.SendAsync(At(3, "a", "100000000"), At(3, "b", "100000000"), At(3, "b", "100000000"), At(3, "b", "100000000"), At(3, "c", "100000000"), At(3, "d", "200000000"));
        await NothingBeforeAsync(Since(3, "1000000"));
        await ExpectAsync("b", "c", "d");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(3, "2000000")}&timestamps=true");
        await log.SendAsync(At(3, "a", "100000000"), At(3, "b", "100000000"), At(3, "d", "200000000"), At(4, "e"));
        await NothingBeforeAsync(Since(3, "2000000"));
        await ExpectAsync("e");
    }

    [Fact]
    public async Task An_orderly_end_while_the_container_runs_is_followed_up()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        await log.SendAsync(At(3, "three"));
        await NothingBeforeAsync(Since(2));
        await log.EndAsync();
        await ExpectAsync("three");
        // Lines came, so there is nothing to wait for.
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(3)}&timestamps=true");
        await log.EndAsync();
        // No line came: not a second time at once.
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(3)}&timestamps=true");
        await log.SendAsync(At(3, "three"), At(4, "four"));
        await NothingBeforeAsync(Since(3));
        await ExpectAsync("four");
    }

    [Fact]
    public async Task A_restart_is_followed_at_once()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        await log.SendAsync(At(3, "last words"));
        await NothingBeforeAsync(Since(2));
        await log.EndAsync();
        await PodAsync(Pod(Ended));
        // Once more after its end, to be sure of all of it.
        await (await LogAsync($"{Since(3)}&timestamps=true")).AnswerAsync(200, $"{At(3, "last words")}\n{At(3, "really last", "5")}\n", "text/plain");
        await NothingBeforeAsync(Since(3));
        await ExpectAsync("last words", "really last");
        await PodAsync(Pod(BackingOff));
        await _changes.Writer.WriteAsync(true);
        await PodAsync(Pod(BackingOff));
        await _changes.Writer.WriteAsync(true);
        await PodAsync(Pod(Running, restarts: 1));
        log = await OpenLogAsync($"follow=true&{Since(3, "5000000")}&timestamps=true");
        await log.SendAsync(At(4, "hello again"));
        await (await LogAsync($"previous=true&{Since(3, "5000000")}&timestamps=true")).AnswerAsync(200, $"{At(3, "last words")}\n{At(3, "really last", "5")}\n", "text/plain");
        await ExpectAsync("hello again");
    }

    [Fact]
    public async Task A_restart_during_a_cut_brings_the_rest_of_the_run_before()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        await log.SendAsync(At(3, "three"));
        await NothingBeforeAsync(Since(2));
        await ExpectAsync("three");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running, restarts: 1));
        await (await LogAsync($"previous=true&{Since(3)}&timestamps=true")).AnswerAsync(200, $"{At(3, "three")}\n{At(4, "crash")}\n", "text/plain");
        log = await OpenLogAsync($"follow=true&{Since(4)}&timestamps=true");
        await ExpectAsync("crash");
        await log.SendAsync(At(5, "fresh"));
        await (await LogAsync($"previous=true&{Since(4)}&timestamps=true")).AnswerAsync(200, $"{At(4, "crash")}\n", "text/plain");
        await ExpectAsync("fresh");

        // Two restarts at once: of the run between, its log is the previous one now.
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running, restarts: 3));
        await (await LogAsync($"previous=true&{Since(5)}&timestamps=true")).AnswerAsync(400, NoPrevious);
        log = await OpenLogAsync($"follow=true&{Since(5)}&timestamps=true");
        await log.SendAsync(At(9, "third"));
        await NothingBeforeAsync(Since(5));
        await ExpectAsync("third");
    }

    [Fact]
    public async Task A_status_that_is_behind_the_node_loses_nothing()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        // The container has restarted, which its status does not tell yet: the log is of the new run already.
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(2)}&timestamps=true");
        await log.SendAsync(At(6, "fresh"));
        var previous = await OpenLogAsync($"previous=true&{Since(2)}&timestamps=true");
        await previous.SendAsync(At(2, "two"), At(3, "three"));
        await ExpectAsync("three");
        // Cut off half way: the new run's line is not shown before the rest of the old one's.
        previous.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(3)}&timestamps=true");
        await log.SendAsync(At(6, "fresh"), At(7, "more"));
        await (await LogAsync($"previous=true&{Since(3)}&timestamps=true")).AnswerAsync(200, $"{At(3, "three")}\n{At(4, "crash")}\n", "text/plain");
        await ExpectAsync("crash", "fresh", "more");
    }

    [Fact]
    public async Task An_outage_is_sat_out_at_growing_distances()
    {
        var log = await FollowingAsync();
        await ExpectAsync("one", "two");
        log.Cut();
        foreach (var (wait, status) in new[] { (0.8, 503), (1.2, 403), (2.4, 401) })
        {
            await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(wait * 1.7));
            _time.Advance(TimeSpan.FromSeconds(wait * 0.99));
            Assert.False(_server.HasArrivals);
            _time.Advance(TimeSpan.FromSeconds(wait));
            await PodAsync("{}", status);
        }
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(9));
        _time.Advance(TimeSpan.FromSeconds(9));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(2)}&timestamps=true");
        await log.SendAsync(At(2, "two"), At(30, "back"));
        await NothingBeforeAsync(Since(2));
        await ExpectAsync("back");
    }

    [Fact]
    public async Task A_tail_that_is_cut_goes_on_where_it_was()
    {
        Start(tail: 3);
        await PodAsync(Pod(Running));
        var log = await OpenLogAsync("tailLines=3&timestamps=true");
        await log.SendAsync(At(1, "one"));
        await ExpectAsync("one");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(1)}&timestamps=true");
        await log.SendAsync(At(1, "one"), At(2, "two"));
        await NothingBeforeAsync(Since(1));
        await ExpectAsync("two");
    }

    [Fact]
    public async Task An_empty_tail_shows_only_what_comes_and_still_knows_its_place()
    {
        Start(tail: 0);
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=1&timestamps=true")).AnswerAsync(200, At(1, "old") + "\n", "text/plain");
        var log = await OpenLogAsync($"follow=true&{Since(1)}&timestamps=true");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(1)}&timestamps=true");
        await log.SendAsync(At(1, "old"), At(2, "written during the cut"));
        await NothingBeforeAsync(Since(1));
        await ExpectAsync("written during the cut");
    }

    [Fact]
    public async Task A_log_that_was_empty_is_read_from_its_start()
    {
        Start(tail: 0);
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=1&timestamps=true")).AnswerAsync(200, "", "text/plain");
        var log = await LogAsync("follow=true&timestamps=true");
        log.Cut();
        await BackOffAsync(TimeSpan.FromSeconds(1));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync("follow=true&timestamps=true");
        await log.SendAsync(At(1, "first"));
        await ExpectAsync("first");
    }

    [Fact]
    public async Task A_container_that_has_not_started_is_waited_for()
    {
        Start(tail: null);
        await PodAsync(Pod(Waiting, phase: "Pending"));
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(30));
        Assert.False(_server.HasArrivals);
        await _changes.Writer.WriteAsync(true);
        await PodAsync(Pod(Running));
        await (await LogAsync("timestamps=true")).AnswerAsync(400, """{"kind":"Status","message":"container \"web\" is waiting to start","reason":"BadRequest","code":400}""");
        await _changes.Writer.WriteAsync(true);
        await PodAsync(Pod(Running));
        await (await LogAsync("timestamps=true")).AnswerAsync(200, At(1, "one") + "\n", "text/plain");
        await ExpectAsync("one");
        await OpenLogAsync($"follow=true&{Since(1)}&timestamps=true");
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("replaced")]
    [InlineData("succeeded")]
    public async Task It_ends_with_its_pod(string how)
    {
        Start(uid: "u-1");
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=10&timestamps=true")).AnswerAsync(200, At(1, "one") + "\n", "text/plain");
        await (await OpenLogAsync($"follow=true&{Since(1)}&timestamps=true")).EndAsync();
        if (how == "gone") await PodAsync("""{"kind":"Status","message":"pods \"web-1\" not found","reason":"NotFound","code":404}""", 404);
        else if (how == "replaced") await PodAsync(Pod(Running, uid: "u-2"));
        else
        {
            await PodAsync(Pod(Ended, phase: "Succeeded"));
            await (await LogAsync($"{Since(1)}&timestamps=true")).AnswerAsync(200, $"{At(1, "one")}\n{At(2, "done")}\n", "text/plain");
            await NothingBeforeAsync(Since(1));
            await PodAsync(Pod(Ended, phase: "Succeeded"));
            await ExpectAsync("one", "done");
            await EndsAsync();
            return;
        }
        await ExpectAsync("one");
        await EndsAsync();
    }

    [Fact]
    public async Task A_refusal_at_the_start_is_told()
    {
        Start();
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=10&timestamps=true")).AnswerAsync(403, """{"kind":"Status","message":"pods/log is forbidden","reason":"Forbidden","code":403}""");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.True(Assert.IsType<KubernetesError>((await _lines.Reader.ReadAsync(limit.Token)).Error).IsForbidden);
        await EndsAsync();

        var wrong = new List<LogLine>();
        await foreach (var line in _client.FollowLogsAsync("a", "../x", new())) wrong.Add(line);
        Assert.IsType<Invalid>(Assert.Single(wrong).Error);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_the_stream()
    {
        var log = await FollowingAsync();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _following);
        await Wait.UntilAsync(() => log.ClientGone.IsCancellationRequested);
    }
}
