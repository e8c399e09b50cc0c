using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class AnsiTextTests
{
    [Fact]
    public void Plain_text_is_one_span() => Assert.Equal([new AnsiSpan("<b>hi</b> &amp;", null)], AnsiText.Parse("<b>hi</b> &amp;"));

    [Fact]
    public void Colours_and_bold_become_classes() => Assert.Equal(
        [new AnsiSpan("a ", null), new AnsiSpan("red", "ansi-1 ansi-bold"), new AnsiSpan(" b ", null), new AnsiSpan("bright", "ansi-2")],
        AnsiText.Parse("a \u001b[1;31mred\u001b[0m b \u001b[92mbright"));

    [Theory]
    [InlineData("a\u001b[2Jb\u001b[10;20Hc", "abc")] // clear screen, move the cursor
    [InlineData("a\u001b]0;a window title\u0007b", "ab")]
    [InlineData("a\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "alink")]
    [InlineData("progress 1\rprogress 2\u0008!", "progress 1progress 2!")]
    [InlineData("tab\there", "tab\there")]
    [InlineData("cut off \u001b[3", "cut off ")]
    [InlineData("cut off \u001b", "cut off ")]
    [InlineData("cut title \u001b]0;never ends", "cut title ")]
    [InlineData("\u001b[38;5;196mx\u001b[38;2;1;2;3my", "xy")]
    [InlineData("\u001b[99999999999999mx", "x")]
    public void Everything_else_is_dropped(string line, string text) =>
        Assert.Equal(text, string.Concat(AnsiText.Parse(line).Select(s => s.Text)));
}
