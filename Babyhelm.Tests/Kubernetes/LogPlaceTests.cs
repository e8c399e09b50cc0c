using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Which lines a follower lets through, for logs that come again from a whole second on.</summary>
public sealed class LogPlaceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static LogLine At(long tick, string text) => new(text, Start.AddTicks(tick));

    /// <summary>Every cut of every log with equal times in it: read up to there, opened again at the second, read to the end.</summary>
    [Fact]
    public void However_a_log_is_cut_each_line_passes_once()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var (tick, log) = (0L, new List<LogLine>());
            for (var i = 0; i < 12; i++)
            {
                // Half of the lines have the time of the one before; some are in later seconds.
                tick += random.Next(4) switch { 0 or 1 => 0, 2 => 1 + random.Next(1000), _ => TimeSpan.TicksPerSecond };
                log.Add(At(tick, $"line {i}"));
            }
            var (place, read) = (new LogPlace(new() { TailLines = 100 }), new List<string>());
            var run = new LogRun(0, true);
            for (var opened = 0; opened < 6; opened++)
            {
                foreach (var request in place.Requests(run))
                {
                    var sent = log.Where(l => request.SinceTime is not { } since || l.Time >= since.AddTicks(-(since.Ticks % TimeSpan.TicksPerSecond))).ToList();
                    var cut = opened == 5 ? sent.Count : random.Next(sent.Count + 1);
                    var reading = new LogPlace.Reading(place);
                    read.AddRange(sent.Take(cut).Where(l => !reading.WasRead(l) && place.Take(l)).Select(l => l.Text));
                    if (place.Ended(run, request, cut < sent.Count ? new Unavailable("cut") : null) is not null) break;
                }
            }
            Assert.Equal(log.Select(l => l.Text), read);
        }
    }

    [Fact]
    public void The_kubelets_own_words_are_shown_but_not_again()
    {
        var place = new LogPlace(new());
        var run = new LogRun(0, true);
        var passed = new List<string>();
        void Read(params LogLine[] lines)
        {
            var reading = new LogPlace.Reading(place);
            passed.AddRange(lines.Where(l => !reading.WasRead(l) && place.Take(l)).Select(l => l.Text));
        }
        foreach (var request in place.Requests(run))
        {
            Read(At(1, "one"), new LogLine("rotated"));
            place.Ended(run, request, null);
            break;
        }
        foreach (var request in place.Requests(run))
        {
            Read(At(1, "one"), new LogLine("rotated"), At(2, "two"), new LogLine("failed to watch"));
            place.Ended(run, request, null);
            break;
        }
        Assert.Equal(["one", "rotated", "two", "failed to watch"], passed);
    }

    [Fact]
    public void A_clock_that_is_set_back_stops_nothing_within_a_stream()
    {
        var place = new LogPlace(new());
        Assert.True(place.Take(At(10, "before")));
        var reading = new LogPlace.Reading(place);
        Assert.True(reading.WasRead(At(10, "before")));
        Assert.All((LogLine[])[At(100, "a"), At(5, "b"), At(6, "c")], l => Assert.True(!reading.WasRead(l) && place.Take(l)));
    }
}
