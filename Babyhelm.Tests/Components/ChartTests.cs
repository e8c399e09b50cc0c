using Babyhelm.Core.Applications;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Features.Monitoring;

namespace Babyhelm.Tests.Components;

/// <summary>What is drawn of numbers, and how they are written.</summary>
public sealed class ChartTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(PanelUnit.Cores, 0, "0")]
    [InlineData(PanelUnit.Cores, 0.0123, "12.3m")]
    [InlineData(PanelUnit.Cores, 0.25, "250m")]
    [InlineData(PanelUnit.Cores, 1.5, "1.5 cores")]
    [InlineData(PanelUnit.Bytes, 900, "900 B")]
    [InlineData(PanelUnit.Bytes, 52.43 * 1024 * 1024, "52.4 MiB")]
    [InlineData(PanelUnit.Bytes, 3.0 * 1024 * 1024 * 1024, "3 GiB")]
    [InlineData(PanelUnit.BytesPerSecond, 2048, "2 KiB/s")]
    [InlineData(PanelUnit.RequestsPerSecond, 0.0333, "0.033 req/s")]
    [InlineData(PanelUnit.RequestsPerSecond, 1234.4, "1234 req/s")]
    [InlineData(PanelUnit.Share, 0.0125, "1.25 %")]
    [InlineData(PanelUnit.Share, 0.000001, "< 0.001 %")]
    [InlineData(PanelUnit.Seconds, 0.0421, "42.1 ms")]
    [InlineData(PanelUnit.Seconds, 2.25, "2.25 s")]
    [InlineData(PanelUnit.Count, 3, "3")]
    public void A_number_is_told_in_the_unit_that_people_use(PanelUnit unit, double value, string text) => Assert.Equal(text, UnitText.Of(unit, value));

    [Theory]
    [InlineData(PanelUnit.Cores, 0.35, "0 100m 200m 300m 400m")]
    [InlineData(PanelUnit.Cores, 1.2, "0 0.5 cores 1 core 1.5 cores")]
    [InlineData(PanelUnit.Bytes, 130.0 * 1024 * 1024, "0 50 MiB 100 MiB 150 MiB")]
    [InlineData(PanelUnit.Count, 1, "0 1")]
    [InlineData(PanelUnit.Count, 3, "0 1 2 3")]
    [InlineData(PanelUnit.Count, 0, "0 1")]
    [InlineData(PanelUnit.Share, 1, "0 50 % 100 %")]
    [InlineData(PanelUnit.Seconds, 0.0999, "0 50 ms 100 ms")]
    [InlineData(PanelUnit.RequestsPerSecond, 20, "0 5 req/s 10 req/s 15 req/s 20 req/s")]
    public void An_axis_has_few_round_numbers_from_zero(PanelUnit unit, double highest, string ticks)
    {
        var axis = Axis.Of(unit, highest);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(t => t.Text)));
        Assert.True(axis.Top >= highest);
        Assert.Equal((0, 1), (axis.Ticks[0].At, axis.Ticks[^1].At));
    }

    [Fact]
    public void Any_highest_value_has_an_axis_that_holds_it()
    {
        var random = new Random(7);
        for (var i = 0; i < 5000; i++)
        {
            var (unit, highest) = ((PanelUnit)random.Next(7), Math.Pow(10, random.NextDouble() * 18 - 6));
            var axis = Axis.Of(unit, highest);
            Assert.True(axis.Top >= highest * (1 - 1e-9), $"{unit} {highest}");
            Assert.InRange(axis.Ticks.Count, 2, 6);
            Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(t => t.Text).Distinct().Count());
        }
    }

    [Fact]
    public void A_path_breaks_at_gaps_and_shows_what_stands_alone()
    {
        var none = double.NaN;
        Assert.Equal("M0 600l4-300l4 300M16 0h8M32 300h0", ChartPath.Of([0, 5, 0, none, 10, 10, 10, none, 5], 10));
        Assert.Equal("", ChartPath.Of([none, none], 10));
        Assert.Equal("M4 300h0", ChartPath.Of([none, 5], 10));
        Assert.Equal("0.1235,,5.243E+07", ChartPath.Values([0.12345, none, 52430000]));
    }

    [Fact]
    public void A_limit_far_above_is_told_and_not_drawn()
    {
        var chart = ChartModel.Of(Panel(Line("used", 10), Line("requested", 20, LineRole.Request), Line("limit", 900, LineRole.Limit)));
        Assert.Equal(20, chart.Axis.Top);
        Assert.Equal([false, false, true], chart.Lines.Select(l => l.Beyond));
        Assert.Equal("", chart.Lines[2].Path);
        Assert.Equal("900", chart.Lines[2].Last);
    }

    [Fact]
    public void Deploys_that_are_too_near_are_one_mark()
    {
        var chart = ChartModel.Of(Panel(Line("used", 10)));
        var marks = ReleaseMark.Of(chart, [Release(5, 50), Release(4, 30.2, ReleaseState.Failed), Release(3, 30, ReleaseState.Superseded), Release(2, 10, ReleaseState.Failed), Release(1, -3)], "shop", "web");
        Assert.Equal(
            ["Release #2: Failed, demo/hello:2", "Releases #3 to #4; the last: Failed, demo/hello:4", "Release #5: Live, demo/hello:5"], marks.Select(m => m.Text));
        Assert.Equal(["/projects/shop/apps/web/releases?release=2", "/projects/shop/apps/web/releases?release=4", "/projects/shop/apps/web/releases?release=5"], marks.Select(m => m.Href));
        Assert.Equal(["bad", "bad", "ok"], marks.Select(m => m.Tone));
        Assert.Equal(50.0 / 60 * 100, marks[2].Place, 6);
    }

    [Theory]
    [InlineData(PanelState.Ready, null)]
    [InlineData(PanelState.NoSamples, "No samples yet.")]
    [InlineData(PanelState.NoRequests, "No requests yet.")]
    [InlineData(PanelState.NotSetUp, "Prometheus is not set up.")]
    [InlineData(PanelState.Unreachable, "Prometheus does not answer.")]
    [InlineData(PanelState.Partial, "Without requested and limit.")]
    public void Each_state_says_what_is_missing(PanelState state, string? title) =>
        Assert.Equal(title, PanelWords.Of(Panel() with { State = state, Missing = ["requested", "limit"] }, ofProject: false)?.Title);

    private static PanelSnapshot Panel(params PanelSeries[] lines) =>
        new(new PanelKey("bh-shop", "web", PanelCatalog.Application.Single(p => p.Code == "replicas"), PanelRange.Default), PanelState.Ready, From, lines);

    private static PanelSeries Line(string name, double value, LineRole role = LineRole.Value) =>
        new(name, null, name, role, 0, [.. Enumerable.Repeat(value, PanelRange.Default.Points)]);

    private static ReleaseSummary Release(int number, double minute, ReleaseState state = ReleaseState.Live) =>
        new(number, state, $"demo/hello:{number}", "ada", From.AddMinutes(minute), null, null, null, null, []);
}
