using System.Numerics;
using System.Text;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>A name as it stands in texts, with its hash.</summary>
internal sealed class Utf8Name(string name)
{
    public string Name => name;

    public byte[] Text { get; } = Encoding.UTF8.GetBytes(name);

    public int Hash { get; } = NameHash.Of(Encoding.UTF8.GetBytes(name));
}

/// <summary>Finds names by their UTF-8 without making strings.</summary>
internal sealed class NameTable
{
    private readonly Utf8Name[] _names;
    private readonly int[] _slots; // index in _names plus one

    public NameTable(IEnumerable<string> names)
    {
        _names = [.. names.Select(n => new Utf8Name(n))];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)_names.Length * 2 + 1)];
        for (var i = 0; i < _names.Length; i++)
        {
            var slot = _names[i].Hash & (_slots.Length - 1);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = i + 1;
        }
    }

    /// <summary>Index among the names; -1 for another one.</summary>
    public int Find(int hash, ReadOnlySpan<byte> text)
    {
        for (var slot = hash & (_slots.Length - 1); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            var name = _names[_slots[slot] - 1];
            if (name.Hash == hash && text.SequenceEqual(name.Text)) return _slots[slot] - 1;
        }
        return -1;
    }
}
