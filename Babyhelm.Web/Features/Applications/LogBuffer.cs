using Babyhelm.Core.Applications;

namespace Babyhelm.Web.Features.Applications;

/// <param name="Number">Counts up from 0; names the line in the page.</param>
public sealed record ShownLine(long Number, string Pod, DateTimeOffset? Time, IReadOnlyList<AnsiSpan> Spans);

/// <summary>
/// The last lines of a log. Lines come in on any thread; a reader takes what is there when it likes, so that a flood
/// costs no more than the buffer.
/// </summary>
/// <param name="capacity">Lines kept, at least 1.</param>
public sealed class LogBuffer(int capacity)
{
    /// <summary>Characters kept of one line; a browser lays out longer ones too slowly.</summary>
    public const int MaxShown = 4000;

    private readonly Lock _gate = new();
    private readonly Queue<AppLogLine> _lines = new();
    private long _total;

    /// <summary>Lines that came so far.</summary>
    public long Total
    {
        get { lock (_gate) return _total; }
    }

    public void Add(AppLogLine line)
    {
        lock (_gate)
        {
            _total++;
            _lines.Enqueue(line.Text.Length <= MaxShown ? line : line with { Text = line.Text[..MaxShown] + " …" });
            if (_lines.Count > capacity) _lines.Dequeue();
        }
    }

    /// <summary>What to show now, oldest first. Lines shown before are the same objects again.</summary>
    public IReadOnlyList<ShownLine> Show(IReadOnlyList<ShownLine> before)
    {
        AppLogLine[] lines;
        long first;
        lock (_gate)
        {
            lines = [.. _lines];
            first = _total - lines.Length;
        }
        var known = before.Count == 0 ? -1 : before[0].Number;
        return [.. lines.Select((line, i) =>
        {
            var number = first + i;
            var index = number - known;
            return known >= 0 && index >= 0 && index < before.Count ? before[(int)index] : Shown(number, line);
        })];
    }

    private static ShownLine Shown(long number, AppLogLine line) =>
        new(number, line.Pod, line.Time, AnsiText.Parse(line.Text));
}
