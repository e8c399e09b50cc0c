using System.Text;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>
/// A terminal between a person and a process, in the usual line mode: echoes what is typed, hands it over line by line,
/// takes Ctrl-C, Ctrl-D, Ctrl-U and the backspace, and begins each line of output at its left edge.
/// </summary>
/// <param name="output">To the person.</param>
internal sealed class Terminal(ShellInput input, Sink output)
{
    private const int LongestLine = 4096;

    private readonly List<byte> _line = [];
    private readonly Lock _gate = new();
    private CancellationTokenSource? _foreground;
    private Escape _escape;

    /// <summary>0 by 0 until the first resize.</summary>
    public (int Columns, int Rows) Size { get; set; }

    private enum Escape { None, Begun, Sequence }

    /// <summary>Says what Ctrl-C ends; null while a shell waits for a command.</summary>
    public void Front(CancellationTokenSource? foreground)
    {
        lock (_gate) _foreground = foreground;
    }

    /// <summary>Output of a process: each line feed also returns to the left edge.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        var feeds = data.Span.Count((byte)'\n');
        if (feeds == 0) return output(data, ct);
        var (shown, at) = (new byte[data.Length + feeds], 0);
        foreach (var b in data.Span)
        {
            if (b == '\n') shown[at++] = (byte)'\r';
            shown[at++] = b;
        }
        return output(shown, ct);
    }

    /// <summary>Keys that the person typed.</summary>
    public async ValueTask TypeAsync(ReadOnlyMemory<byte> keys, CancellationToken ct)
    {
        using var echo = new MemoryStream();
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys.Span[i];
            if (SkipsEscape(key)) continue;
            switch (key)
            {
                case (byte)'\r' or (byte)'\n':
                    echo.Write("\r\n"u8);
                    await FlushAsync(echo, ct);
                    _line.Add((byte)'\n');
                    await HandOverAsync(ct);
                    break;
                case 3:
                    echo.Write("^C\r\n"u8);
                    await FlushAsync(echo, ct);
                    await InterruptAsync(ct);
                    break;
                case 4:
                    if (_line.Count > 0) await HandOverAsync(ct);
                    else await input.EndOnceAsync(ct);
                    break;
                case 8 or 127:
                    if (Erase()) echo.Write("\b \b"u8);
                    break;
                case 21:
                    while (Erase()) echo.Write("\b \b"u8);
                    break;
                case >= (byte)' ' when _line.Count < LongestLine:
                    _line.Add(key);
                    echo.WriteByte(key);
                    break;
            }
        }
        await FlushAsync(echo, ct);
    }

    private async ValueTask FlushAsync(MemoryStream echo, CancellationToken ct)
    {
        if (echo.Length > 0) await output(echo.ToArray(), ct);
        echo.SetLength(0);
    }

    private async ValueTask HandOverAsync(CancellationToken ct)
    {
        await input.WriteAsync([.. _line], ct);
        _line.Clear();
    }

    /// <summary>Ends what runs; a waiting shell gets an empty line, so that it prompts again.</summary>
    private async ValueTask InterruptAsync(CancellationToken ct)
    {
        _line.Clear();
        Task? ending;
        lock (_gate) ending = _foreground?.CancelAsync();
        if (ending is not null) await ending;
        else await input.WriteAsync([(byte)'\n'], ct);
    }

    /// <summary>Takes the last character away, all bytes of it.</summary>
    private bool Erase()
    {
        if (_line.Count == 0) return false;
        var bytes = _line.ToArray();
        Rune.DecodeLastFromUtf8(bytes, out _, out var length);
        _line.RemoveRange(_line.Count - length, length);
        return true;
    }

    /// <summary>Arrow keys and other sequences mean nothing here.</summary>
    private bool SkipsEscape(byte key)
    {
        if (key == 27) _escape = Escape.Begun;
        else if (_escape == Escape.Begun) _escape = key is (byte)'[' or (byte)'O' ? Escape.Sequence : Escape.None;
        else if (_escape == Escape.Sequence) _escape = key is >= 0x40 and <= 0x7E ? Escape.None : Escape.Sequence;
        else return false;
        return true;
    }
}
