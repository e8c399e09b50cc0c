using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Where following a log begins and ends.</summary>
public sealed class FollowLogsTests : FollowLogsCase
{
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
        await Time.UntilTimerWithinAsync(TimeSpan.FromSeconds(30));
        Assert.False(Server.HasArrivals);
        await Changes.Writer.WriteAsync(true);
        await PodAsync(Pod(Running));
        await (await LogAsync("timestamps=true")).AnswerAsync(400, """{"kind":"Status","message":"container \"web\" is waiting to start","reason":"BadRequest","code":400}""");
        await Changes.Writer.WriteAsync(true);
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
        Assert.True(Assert.IsType<KubernetesError>((await Lines.Reader.ReadAsync(limit.Token)).Error).IsForbidden);
        await EndsAsync();

        var wrong = new List<LogLine>();
        await foreach (var line in Client.FollowLogsAsync("a", "../x", new())) wrong.Add(line);
        Assert.IsType<Invalid>(Assert.Single(wrong).Error);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_the_stream()
    {
        var log = await FollowingAsync();
        await Stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Following);
        await Wait.UntilAsync(() => log.ClientGone.IsCancellationRequested);
    }
}
