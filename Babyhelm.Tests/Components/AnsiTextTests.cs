using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class AnsiTextTests
{
    [Fact]
    public void Plain_text_is_one_span() => Assert.Equal([new AnsiSpan("<b>hi</b> &amp;", null)], AnsiText.Parse("<b>hi</b> &amp;"));

    [Fact]
    public void Colours_and_weights_are_kept() => Assert.Equal(
        [new AnsiSpan("a ", null), new AnsiSpan("red", "#ff8f87||b"), new AnsiSpan(" b ", null), new AnsiSpan("bright", "#9ae6b4||"), new AnsiSpan("!", "#9ae6b4||fiu")],
        AnsiText.Parse("a \u001b[1;31mred\u001b[0m b \u001b[92mbright\u001b[2;3;4m!"));

    [Theory]
    [InlineData("41", "#d7dee5|#a1322b|")] // a background takes its text along
    [InlineData("103", "#0b0f13|#d8a534|")]
    [InlineData("48;5;226", "#0b0f13|#ffff00|")]
    [InlineData("38;5;196;48;5;16", "#ff0000|#000000|")]
    [InlineData("38;2;255;200;0", "#ffc800||")]
    [InlineData("38:2:255:200:0", "#ffc800||")]
    [InlineData("38;5;21", null)] // dark blue: lighter, see below
    [InlineData("7", "#1a2129|#d7dee5|")]
    [InlineData("31;7", "#1a2129|#ff8f87|")]
    public void More_colours(string codes, string? style)
    {
        var span = Assert.Single(AnsiText.Parse($"\u001b[{codes}mx"));
        Assert.NotNull(span.Style);
        if (style is not null) Assert.Equal(style, span.Style);
    }

    [Fact]
    public void Every_colour_of_256_can_be_read_on_the_ground_and_on_every_other()
    {
        for (var text = 0; text < 256; text++)
        {
            var colour = AnsiColours.Readable(AnsiColours.Foreground(text), null);
            Assert.True(AnsiColours.Contrast(colour, AnsiColours.Ground) >= AnsiColours.MinContrast, $"{text}: {colour}");
            for (var ground = 0; ground < 256; ground++)
            {
                var on = AnsiColours.Background(ground);
                Assert.True(AnsiColours.Contrast(AnsiColours.Readable(AnsiColours.Foreground(text), on), on) >= 4.4, $"{text} on {ground}");
            }
        }
    }

    [Theory]
    [InlineData("a\u001b[2Jb\u001b[10;20Hc", "abc")] // clear screen, move the cursor
    [InlineData("a\u001b]0;a window title\u0007b", "ab")]
    [InlineData("a\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "alink")]
    [InlineData("progress 1\rprogress 2\u0008!", "progress 2!")] // what a terminal shows in the end
    [InlineData("done\r", "done")]
    [InlineData("10 %\r\u001b[2K\u001b[32m100 %\u001b[0m\r\r", "100 %")]
    [InlineData("tab\there", "tab\there")]
    [InlineData("nul\0 and \u0085next", "nul and next")]
    [InlineData("cut off \u001b[3", "cut off ")]
    [InlineData("cut off \u001b", "cut off ")]
    [InlineData("cut title \u001b]0;never ends", "cut title ")]
    [InlineData("\u001b[38;5;196mx\u001b[38;2;1;2;3my", "xy")]
    [InlineData("\u001b[38;5mx\u001b[48;2;1my\u001b[38;5;999mz", "xyz")]
    [InlineData("\u001b[99999999999999mx", "x")]
    public void Everything_else_is_dropped(string line, string text) =>
        Assert.Equal(text, string.Concat(AnsiText.Parse(line).Select(s => s.Text)));

    [Fact]
    public void A_line_that_changes_its_colour_all_the_time_has_few_pieces()
    {
        var line = string.Concat(Enumerable.Range(0, 5000).Select(i => $"\u001b[{31 + i % 6}mx"));
        var spans = AnsiText.Parse(line);
        Assert.InRange(spans.Count, 2, AnsiText.MaxSpans + 1);
        Assert.Equal(5000, spans.Sum(s => s.Text.Length));
    }

    [Fact]
    public void A_sequence_of_a_thousand_numbers_is_one_of_the_first_few() =>
        Assert.Equal([new AnsiSpan("x", null)], AnsiText.Parse($"\u001b[{string.Join(';', Enumerable.Repeat("0", 1000))}mx"));
}
