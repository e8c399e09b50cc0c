using Babyhelm.Core.Applications;

namespace Babyhelm.Web.Features.Applications;

/// <summary>A line as the log's script takes it.</summary>
/// <param name="Time">Milliseconds since 1970, or null.</param>
/// <param name="Mark">Words in place of a line: what happened between two of them.</param>
/// <param name="Text">Pieces of text, each followed by its style (<see cref="AnsiStyle.Drawn"/>).</param>
public sealed record ShownLine(string Pod, long? Time, string? Mark, IReadOnlyList<string?> Text);

/// <param name="Left">Lines before these that are left out.</param>
public sealed record LogBatch(long Left, IReadOnlyList<AppLogLine> Lines);

/// <summary>
/// Lines on their way to a browser. They come in on any thread and are taken when the browser is ready; of a flood the last
/// ones are kept, so that it costs no more than the buffer.
/// </summary>
/// <param name="capacity">Lines kept, at least 1.</param>
public sealed class LogBuffer(int capacity)
{
    /// <summary>Characters kept, as long lines would make up for few ones.</summary>
    public const int MaxCharacters = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<AppLogLine> _lines = new();
    private long _characters;
    private long _left;

    public void Add(AppLogLine line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            _characters += line.Text.Length;
            for (; _lines.Count > capacity || (_characters > MaxCharacters && _lines.Count > 1); _left++) _characters -= _lines.Dequeue().Text.Length;
        }
    }

    /// <summary>Takes the oldest lines out: as many as have so many characters together, at least one where there is one.</summary>
    public LogBatch Take(int characters)
    {
        lock (_gate)
        {
            var lines = new List<AppLogLine>();
            while (_lines.TryPeek(out var next) && (lines.Count == 0 || characters >= next.Text.Length))
            {
                characters -= next.Text.Length + Each;
                _characters -= next.Text.Length;
                lines.Add(_lines.Dequeue());
            }
            var left = _left;
            _left = 0;
            return new LogBatch(left, lines);
        }
    }

    // What a line takes besides its text, so that a batch of empty ones ends too.
    private const int Each = 64;

    public static ShownLine Show(AppLogLine line) => new(
        line.Pod, line.Time?.ToUnixTimeMilliseconds(), line.Restart is { } restart ? Words(restart) : null,
        line.Restart is null ? [.. AnsiText.Parse(line.Text).SelectMany(s => new[] { s.Text, s.Style })] : []);

    private static string Words(AppLogRestart restart)
    {
        var end = restart.ExitCode is { } code ? $" after exit code {code}{(restart.Reason is { Length: > 0 } and not "Error" and var reason ? $" ({reason})" : "")}" : "";
        return $"The container started anew{end}; restarts up to now: {restart.Number}.";
    }
}
