using System.Text;

namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>A set of characters (code points).</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;

    private readonly List<(int From, int To)> _ranges = [];
    private List<(int From, int To)>? _merged;

    public static CodePointSet Digits { get; } = new CodePointSet().Add('0', '9');

    public static CodePointSet WordCharacters { get; } = new CodePointSet().Add('0', '9').Add('A', 'Z').Add('_', '_').Add('a', 'z');

    /// <summary>WhiteSpace and LineTerminator of ECMA-262.</summary>
    public static CodePointSet Spaces { get; } = new CodePointSet().Add(0x09, 0x0D).Add(0x20, 0x20).Add(0xA0, 0xA0).Add(0x1680, 0x1680).Add(0x2000, 0x200A)
        .Add(0x2028, 0x2029).Add(0x202F, 0x202F).Add(0x205F, 0x205F).Add(0x3000, 0x3000).Add(0xFEFF, 0xFEFF);

    /// <summary>What a dot stands for: all but the ends of lines.</summary>
    public static CodePointSet Dot { get; } = new CodePointSet().Add('\n', '\n').Add('\r', '\r').Add(0x2028, 0x2029).Inverted();

    public CodePointSet Add(int from, int to)
    {
        _ranges.Add((from, to));
        _merged = null;
        return this;
    }

    public CodePointSet Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        _merged = null;
        return this;
    }

    public CodePointSet Inverted()
    {
        var (inverted, next) = (new CodePointSet(), 0);
        foreach (var (from, to) in Merged())
        {
            if (from > next) inverted.Add(next, from - 1);
            next = to + 1;
        }
        if (next <= Last) inverted.Add(next, Last);
        return inverted;
    }

    /// <summary>A regular expression over UTF-16 that takes each of them whole, as one unit. Surrogates are left out: valid text has none by themselves.</summary>
    public string ToUtf16()
    {
        var (plain, pairs) = (new StringBuilder(), new List<string>());
        foreach (var (from, to) in Merged())
        {
            AppendPlain(plain, from, Math.Min(to, 0xD7FF));
            AppendPlain(plain, Math.Max(from, 0xE000), Math.Min(to, 0xFFFF));
            if (to > 0xFFFF) AddPairs(pairs, Math.Max(from, 0x10000), to);
        }
        if (pairs.Count == 0) return plain.Length == 0 ? "[^\\0-\\uFFFF]" : $"[{plain}]";
        if (plain.Length > 0) pairs.Insert(0, $"[{plain}]");
        return $"(?:{string.Join('|', pairs)})";
    }

    /// <summary>In order, none touching the next.</summary>
    public List<(int From, int To)> Merged() => _merged ??= Merge();

    private List<(int From, int To)> Merge()
    {
        var merged = new List<(int From, int To)>();
        foreach (var (from, to) in _ranges.Order())
        {
            if (merged.Count > 0 && from <= merged[^1].To + 1) merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, to));
            else merged.Add((from, to));
        }
        return merged;
    }

    private static void AppendPlain(StringBuilder text, int from, int to)
    {
        if (from > to) return;
        text.Append($"\\u{from:X4}");
        if (to > from) text.Append($"-\\u{to:X4}");
    }

    private static void AddPairs(List<string> pairs, int from, int to)
    {
        while (from <= to)
        {
            // Up to the end of the range or of what shares the first half, or whole blocks of 1024 at once.
            var block = from | 0x3FF;
            var whole = (from & 0x3FF) == 0 && to >= block;
            var end = whole ? ((to + 1) & ~0x3FF) - 1 : Math.Min(to, block);
            var (first, last) = (char.ConvertFromUtf32(from), char.ConvertFromUtf32(end));
            pairs.Add($"[\\u{(int)first[0]:X4}-\\u{(int)last[0]:X4}][\\u{(int)first[1]:X4}-\\u{(int)last[1]:X4}]");
            from = end + 1;
        }
    }
}
