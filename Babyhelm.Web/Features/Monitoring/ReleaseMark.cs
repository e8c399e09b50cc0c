using Babyhelm.Core.Applications;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>A deploy on the time axis, or several that are too near to each other to be told apart.</summary>
/// <param name="Tone">Of the newest, as of its badge.</param>
/// <param name="Href">The newest.</param>
/// <param name="Place">How far from the left, 0 to 100.</param>
public sealed record ReleaseMark(string Text, string Tone, string Href, DateTimeOffset At, double Place)
{
    // Of the width: a mark is as wide as this on a phone.
    private const double Nearest = 3;

    public static IReadOnlyList<ReleaseMark> Of(ChartModel chart, IEnumerable<ReleaseSummary> releases, string project, string app)
    {
        var marks = new List<ReleaseMark>();
        var (first, begin) = (0, 0.0);
        foreach (var release in releases.OrderBy(r => r.CreatedAt))
        {
            if (chart.Place(release.CreatedAt) is not { } place) continue;
            var joins = marks.Count > 0 && place - begin < Nearest;
            if (joins) marks.RemoveAt(marks.Count - 1);
            else (first, begin) = (release.Number, place);
            var word = StatusWord.Of(release);
            marks.Add(new ReleaseMark(
                joins ? $"Releases #{first} to #{release.Number}; the last: {word.Word}, {release.Image}" : $"Release #{release.Number}: {word.Word}, {release.Image}",
                word.Tone, Urls.Release(project, app, release.Number), release.CreatedAt, place));
        }
        return marks;
    }
}
