using System.Buffers;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Lines of a byte stream, in memory bounded by <paramref name="maxLine"/>: what a line has beyond that is skipped.</summary>
internal sealed class LineReader(Stream stream, int maxLine) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _start, _end;
    private bool _ended;

    /// <summary>One line without its end.</summary>
    /// <param name="Bytes">Valid until the next read.</param>
    /// <param name="Cut">Bytes left out at the end.</param>
    /// <param name="Whole">False for a last line without a line feed.</param>
    internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, long Cut, bool Whole);

    /// <summary>A line that has come whole already.</summary>
    internal bool TryTake(out Line line)
    {
        var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        line = length < 0 ? default : new Line(_buffer.AsMemory(_start, Math.Min(length, maxLine)), Math.Max(0, length - maxLine), true);
        _start += length + 1;
        return length >= 0;
    }

    /// <summary>The next line, or null at the end.</summary>
    internal async ValueTask<Line?> ReadAsync(CancellationToken cancellation)
    {
        for (var scanned = 0; ;)
        {
            var at = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var length = scanned + at;
                var line = new Line(_buffer.AsMemory(_start, Math.Min(length, maxLine)), Math.Max(0, length - maxLine), true);
                _start += length + 1;
                return line;
            }
            scanned = _end - _start;
            if (_ended || scanned > maxLine) break;
            await FillAsync(cancellation);
        }
        if (_start == _end) return null;
        return await CutAsync(cancellation);
    }

    /// <summary>The buffer holds a line that ends with the stream or is too long: skip to its end, keep its beginning.</summary>
    private async ValueTask<Line> CutAsync(CancellationToken cancellation)
    {
        var kept = Math.Min(_end - _start, maxLine);
        long cut = _end - _start - kept;
        if (_start > 0) _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        (_start, _end) = (kept, kept);
        while (!_ended)
        {
            await FillAsync(cancellation);
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                _start += at + 1;
                return new Line(_buffer.AsMemory(0, kept), cut + at, true);
            }
            cut += _end - _start;
            _end = _start;
        }
        return new Line(_buffer.AsMemory(0, kept), cut, false);
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_end == _buffer.Length) MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        if (read == 0) _ended = true;
        _end += read;
    }

    private void MakeRoom()
    {
        if (_start > _buffer.Length / 2)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        (_start, _end) = (0, _end - _start);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
