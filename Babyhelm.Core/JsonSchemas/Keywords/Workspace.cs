using System.Text;
using Babyhelm.Core.JsonSchemas.Compilation;
using Babyhelm.Core.JsonSchemas.Patterns;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>Memory that a validation works in; each thread keeps one.</summary>
internal sealed class Workspace
{
    // What one thread keeps between validations: 64 KiB of characters, as much of marks.
    private const int MostKept = 32 * 1024;

    [ThreadStatic] private static Workspace? _pooled;

    private ulong[] _bits = new ulong[16];
    private int _bitsUsed;
    private char[] _chars = new char[256];
    private SchemaResource[] _scopes = new SchemaResource[8];
    private int _scopesUsed;
    private TimeSpan _backtracked;

    public ReadOnlySpan<SchemaResource> Scopes => _scopes.AsSpan(0, _scopesUsed);

    public static Workspace Rent()
    {
        var space = _pooled ?? new Workspace();
        _pooled = null;
        return space;
    }

    public void Return()
    {
        if (_bits.Length > MostKept / 4) _bits = new ulong[16];
        if (_chars.Length > MostKept) _chars = new char[256];
        Array.Clear(_scopes);
        _pooled = this;
    }

    public void Begin() => (_bitsUsed, _scopesUsed, _backtracked) = (0, 0, TimeSpan.Zero);

    /// <summary>Whether a match that needs backtracking may begin.</summary>
    public bool MayBacktrack(SchemaOptions options) => _backtracked < options.MaxBacktracking;

    public void Backtracked(TimeSpan time) => _backtracked += time;

    /// <summary>A text in UTF-16, or in the letters of a pattern.</summary>
    public ReadOnlySpan<char> Characters(ReadOnlySpan<byte> utf8, Alphabet? alphabet)
    {
        if (_chars.Length < utf8.Length) _chars = new char[Math.Max(utf8.Length, _chars.Length * 2)];
        return _chars.AsSpan(0, alphabet?.Write(utf8, _chars) ?? Encoding.UTF8.GetChars(utf8, _chars));
    }

    public int PushBits(int count)
    {
        var (start, words) = (_bitsUsed, (count + 63) / 64);
        if (_bits.Length < start + words) Array.Resize(ref _bits, Math.Max(start + words, _bits.Length * 2));
        _bits.AsSpan(start, words).Clear();
        _bitsUsed += words;
        return start;
    }

    public void PopBits(int start) => _bitsUsed = start;

    public void AddBits(int from, int to, int count)
    {
        for (var i = 0; i < (count + 63) / 64; i++) _bits[to + i] |= _bits[from + i];
    }

    /// <summary>Whether it was not set before.</summary>
    public bool SetBit(int start, int bit)
    {
        ref var word = ref _bits[start + (bit >> 6)];
        var mask = 1UL << (bit & 63);
        var isNew = (word & mask) == 0;
        word |= mask;
        return isNew;
    }

    public bool HasBit(int start, int bit) => (_bits[start + (bit >> 6)] & (1UL << (bit & 63))) != 0;

    public bool EnterScope(SchemaResource resource)
    {
        if (_scopesUsed > 0 && _scopes[_scopesUsed - 1] == resource) return false;
        if (_scopesUsed == _scopes.Length) Array.Resize(ref _scopes, _scopesUsed * 2);
        _scopes[_scopesUsed++] = resource;
        return true;
    }

    public void LeaveScope() => _scopesUsed--;
}
