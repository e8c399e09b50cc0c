using System.Buffers;

namespace Babyhelm.Core.JsonSchemas;

/// <summary>Collects small pieces before they go to the buffer; what is left has to be flushed.</summary>
internal ref struct CanonicalWriter(IBufferWriter<byte> output)
{
    private const int Most = 512;

    private Span<byte> _free = output.GetSpan(Most);
    private int _used;

    public void Write(byte b)
    {
        if (_used == _free.Length) Flush();
        _free[_used++] = b;
    }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _free.Length - _used)
        {
            Flush();
            if (bytes.Length > _free.Length)
            {
                output.Write(bytes);
                _free = output.GetSpan(Most);
                return;
            }
        }
        bytes.CopyTo(_free[_used..]);
        _used += bytes.Length;
    }

    public void Flush()
    {
        output.Advance(_used);
        _used = 0;
        _free = output.GetSpan(Most);
    }
}
