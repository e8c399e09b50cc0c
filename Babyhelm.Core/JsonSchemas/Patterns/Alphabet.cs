using System.Buffers;
using System.Text;

namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>
/// The few letters that a pattern tells apart: code points that all of its sets treat alike are one letter. The regular expression and
/// the texts are written in these letters, so that a code point is one character, and large sets of Unicode cost as little as small ones.
/// </summary>
internal sealed class Alphabet
{
    // Letters stand here; nothing in regular expressions has a meaning there.
    private const char First = '\u4E00';

    private readonly int[] _starts;
    private readonly char[] _letters;
    private readonly char[] _ascii = new char[128];
    private readonly Dictionary<CodePointSet, string> _classes = [];

    public Alphabet(IEnumerable<CodePointSet> sets)
    {
        var ranges = sets.Distinct().Select(s => (Set: s, Ranges: s.Merged())).ToArray();
        int[] starts = [.. ranges.SelectMany(r => r.Ranges.SelectMany(x => new[] { x.From, x.To + 1 })).Append(0).Distinct().Order()];
        var letters = new char[starts.Length];
        var known = new Dictionary<string, char>();
        var members = new StringBuilder[ranges.Length];
        var next = new int[ranges.Length];
        for (var s = 0; s < ranges.Length; s++) members[s] = new StringBuilder();
        var signature = new char[(ranges.Length + 15) / 16];
        for (var i = 0; i < starts.Length; i++)
        {
            Array.Clear(signature);
            for (var s = 0; s < ranges.Length; s++)
            {
                var own = ranges[s].Ranges;
                while (next[s] < own.Count && own[next[s]].To < starts[i]) next[s]++;
                if (next[s] < own.Count && own[next[s]].From <= starts[i]) signature[s / 16] |= (char)(1 << (s % 16));
            }
            var key = new string(signature);
            if (!known.TryGetValue(key, out var letter))
            {
                known[key] = letter = (char)(First + known.Count);
                for (var s = 0; s < ranges.Length; s++)
                    if ((signature[s / 16] & (1 << (s % 16))) != 0) members[s].Append(letter);
            }
            letters[i] = letter;
        }
        (_starts, _letters) = (starts, letters);
        for (var s = 0; s < ranges.Length; s++) _classes[ranges[s].Set] = members[s].Length == 0 ? "[^\\0-\\uFFFF]" : $"[{members[s]}]";
        for (var c = 0; c < _ascii.Length; c++) _ascii[c] = Letter(c);
    }

    public string Class(CodePointSet set) => _classes[set];

    /// <summary>Writes a text in the letters; as many as it has code points.</summary>
    public int Write(ReadOnlySpan<byte> utf8, Span<char> target)
    {
        var count = 0;
        while (!utf8.IsEmpty)
        {
            if (utf8[0] < 0x80)
            {
                target[count++] = _ascii[utf8[0]];
                utf8 = utf8[1..];
                continue;
            }
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != OperationStatus.Done) throw new InvalidOperationException("The text is not UTF-8.");
            target[count++] = Letter(rune.Value);
            utf8 = utf8[length..];
        }
        return count;
    }

    private char Letter(int codePoint)
    {
        var at = Array.BinarySearch(_starts, codePoint);
        return _letters[at >= 0 ? at : ~at - 1];
    }
}
