namespace Babyhelm.Tests.Kubernetes;

/// <summary>Following a log from a server that cuts connections, restarts the container and goes away.</summary>
public sealed class FollowOverBreaksTests : FollowLogsCase
{
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
        await Changes.Writer.WriteAsync(true);
        await PodAsync(Pod(BackingOff));
        await Changes.Writer.WriteAsync(true);
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
            await Time.UntilTimerWithinAsync(TimeSpan.FromSeconds(wait * 1.7));
            Time.Advance(TimeSpan.FromSeconds(wait * 0.99));
            Assert.False(Server.HasArrivals);
            Time.Advance(TimeSpan.FromSeconds(wait));
            await PodAsync("{}", status);
        }
        await Time.UntilTimerWithinAsync(TimeSpan.FromSeconds(9));
        Time.Advance(TimeSpan.FromSeconds(9));
        await PodAsync(Pod(Running));
        log = await OpenLogAsync($"follow=true&{Since(2)}&timestamps=true");
        await log.SendAsync(At(2, "two"), At(30, "back"));
        await NothingBeforeAsync(Since(2));
        await ExpectAsync("back");
    }
}
