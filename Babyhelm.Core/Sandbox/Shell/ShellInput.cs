using System.Text;
using System.Threading.Channels;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>The standard input that a shell and its commands share. Bounded: whoever writes waits for whoever reads.</summary>
internal sealed class ShellInput
{
    private const int Waiting = 16;

    /// <summary>Longest line that is read in one piece, in bytes.</summary>
    private const int LongestLine = 64 * 1024;

    // An empty piece is an end of the input that is read once, as Ctrl-D makes it.
    private readonly Channel<ReadOnlyMemory<byte>> _pieces = Channel.CreateBounded<ReadOnlyMemory<byte>>(Waiting);
    private ReadOnlyMemory<byte> _rest;
    private bool _endSeen;

    public ValueTask WriteAsync(byte[] data, CancellationToken ct) => _pieces.Writer.WriteAsync(data, ct);

    /// <summary>The end, for whoever reads next; the input goes on after it.</summary>
    public ValueTask EndOnceAsync(CancellationToken ct) => _pieces.Writer.WriteAsync(default, ct);

    /// <summary>The end for good.</summary>
    public void Complete() => _pieces.Writer.TryComplete();

    /// <summary>What there is, or nothing at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken ct)
    {
        if (_endSeen)
        {
            _endSeen = false;
            return default;
        }
        if (_rest.IsEmpty && await _pieces.Reader.WaitToReadAsync(ct)) _pieces.Reader.TryRead(out _rest);
        var data = _rest;
        _rest = default;
        return data;
    }

    /// <summary>A line without its end, or null at the end of the input.</summary>
    public async ValueTask<string?> ReadLineAsync(CancellationToken ct)
    {
        using var line = new MemoryStream();
        while (line.Length < LongestLine)
        {
            var data = await ReadAsync(ct);
            if (data.IsEmpty)
            {
                if (line.Length == 0) return null;
                _endSeen = true;
                break;
            }
            var end = data.Span.IndexOf((byte)'\n');
            line.Write(end < 0 ? data.Span : data.Span[..end]);
            if (end < 0) continue;
            _rest = data[(end + 1)..];
            break;
        }
        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }
}
