using Babyhelm.Core.Applications;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class LogBufferTests
{
    [Fact]
    public void The_last_lines_are_kept_and_the_others_counted_once()
    {
        var buffer = new LogBuffer(3);
        Fill(buffer, 10);

        var batch = buffer.Take(1000);

        Assert.Equal(["line 7", "line 8", "line 9"], batch.Lines.Select(l => l.Text));
        Assert.Equal(7, batch.Left);
        Assert.Equal((0, 0L), (buffer.Take(1000).Lines.Count, buffer.Take(1000).Left));
    }

    [Fact]
    public void A_batch_holds_no_more_characters_than_asked_for_but_always_a_line()
    {
        var buffer = new LogBuffer(100);
        buffer.Add(Line(new string('x', 5000)));
        buffer.Add(Line(new string('y', 500)));
        buffer.Add(Line(new string('z', 500)));

        Assert.Equal(["x"], Take());
        Assert.Equal(["y"], Take());
        Assert.Equal(["z"], Take());
        Assert.Empty(Take());

        IEnumerable<string> Take() => buffer.Take(600).Lines.Select(l => l.Text[..1]).ToList();
    }

    [Fact]
    public void Empty_lines_end_a_batch_too()
    {
        var buffer = new LogBuffer(10_000);
        for (var i = 0; i < 10_000; i++) buffer.Add(Line(""));

        Assert.InRange(buffer.Take(64 * 1024).Lines.Count, 1, 2000);
    }

    [Fact]
    public void Long_lines_are_bounded_together()
    {
        var buffer = new LogBuffer(10_000);
        var line = new string('x', 16 * 1024);
        for (var i = 0; i < 1000; i++) buffer.Add(Line(line));

        var batch = buffer.Take(int.MaxValue);

        Assert.Equal(LogBuffer.MaxCharacters / line.Length, batch.Lines.Count);
        Assert.Equal(1000 - batch.Lines.Count, batch.Left);
    }

    [Fact]
    public void A_line_is_shown_with_its_time_and_pieces()
    {
        var shown = LogBuffer.Show(new AppLogLine("web-1", "a\u001b[1mb", DateTimeOffset.FromUnixTimeMilliseconds(12345)));
        Assert.Equal(("web-1", 12345L, null), (shown.Pod, shown.Time, shown.Mark));
        Assert.Equal(["a", null, "b", "||b"], shown.Text);
    }

    [Theory]
    [InlineData(3, "Error", "The container started anew after exit code 3; restarts up to now: 2.")]
    [InlineData(137, "OOMKilled", "The container started anew after exit code 137 (OOMKilled); restarts up to now: 2.")]
    [InlineData(null, null, "The container started anew; restarts up to now: 2.")]
    public void A_restart_is_told_in_words(int? code, string? reason, string words)
    {
        var shown = LogBuffer.Show(new AppLogLine("web-1", "", DateTimeOffset.UnixEpoch) { Restart = new AppLogRestart(2, code, reason) });
        Assert.Equal(words, shown.Mark);
        Assert.Empty(shown.Text);
    }

    private static AppLogLine Line(string text) => new("web-1", text, null);

    private static void Fill(LogBuffer buffer, int lines)
    {
        for (var i = 0; i < lines; i++) buffer.Add(Line($"line {i}"));
    }
}
