using Babyhelm.Core.Applications;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class LogBufferTests
{
    [Fact]
    public void The_last_lines_are_kept()
    {
        var buffer = new LogBuffer(3);
        Fill(buffer, 10);

        var shown = buffer.Show([]);

        Assert.Equal([7, 8, 9], shown.Select(l => l.Number));
        Assert.Equal(["line 7", "line 8", "line 9"], shown.Select(l => l.Spans[0].Text));
        Assert.Equal(10, buffer.Total);
    }

    [Fact]
    public void Lines_shown_before_are_not_made_again()
    {
        var buffer = new LogBuffer(5);
        Fill(buffer, 5);
        var first = buffer.Show([]);
        Fill(buffer, 2);

        var second = buffer.Show(first);

        Assert.Equal([2, 3, 4, 5, 6], second.Select(l => l.Number));
        Assert.Same(first[2], second[0]);
        Assert.Same(first[4], second[2]);
    }

    [Fact]
    public void A_huge_line_is_cut()
    {
        var buffer = new LogBuffer(1);
        buffer.Add(new AppLogLine("web-1", new string('x', 10_000_000), null));

        Assert.Equal(LogBuffer.MaxShown + 2, buffer.Show([])[0].Spans[0].Text.Length);
    }

    private static void Fill(LogBuffer buffer, int lines)
    {
        for (var i = 0; i < lines; i++) buffer.Add(new AppLogLine("web-1", $"line {buffer.Total}", null));
    }
}
