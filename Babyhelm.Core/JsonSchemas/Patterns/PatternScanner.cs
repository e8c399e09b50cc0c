using System.Globalization;
using System.Text;

namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <param name="Most">None: without end.</param>
internal readonly record struct Repeats(long Least, long? Most)
{
    public override string ToString() => (Least, Most) switch
    {
        (0, null) => "*",
        (1, null) => "+",
        (0, 1) => "?",
        _ => Most == Least ? $"{{{Least}}}" : $"{{{Least},{Most}}}",
    };
}

/// <summary>Walks through a pattern by code points.</summary>
internal sealed class PatternScanner(string pattern)
{
    private int _at;

    public bool AtEnd => _at == pattern.Length;

    /// <summary>The next UTF-16 unit.</summary>
    public char Next => pattern[_at];

    /// <summary>What <see cref="TakeText"/> took last.</summary>
    public string Taken { get; private set; } = "";

    public string? Error { get; private set; }

    public int Read()
    {
        Rune.DecodeFromUtf16(pattern.AsSpan(_at), out var rune, out var length);
        _at += length;
        return rune.Value;
    }

    public bool Take(char c)
    {
        if (AtEnd || pattern[_at] != c) return false;
        _at++;
        return true;
    }

    public bool TakeText(string text)
    {
        if (string.CompareOrdinal(pattern, _at, text, 0, text.Length) != 0) return false;
        _at += text.Length;
        Taken = text;
        return true;
    }

    /// <summary>A decimal number; above what is used for anything it stays at a billion.</summary>
    public int Number()
    {
        var number = 0L;
        while (!AtEnd && char.IsAsciiDigit(Next)) number = Math.Min(1_000_000_000, number * 10 + (pattern[_at++] - '0'));
        return (int)number;
    }

    /// <summary>Hexadecimal digits, so many; -1 where they are not there.</summary>
    public int Hex(int digits)
    {
        if (pattern.Length - _at < digits || !int.TryParse(pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return -1;
        _at += digits;
        return value;
    }

    /// <summary>Up to a closing sign, which is taken too; null where there is none, or nothing before it.</summary>
    public string? Until(char end)
    {
        var close = pattern.IndexOf(end, _at);
        if (close <= _at) return null;
        var text = pattern[_at..close];
        _at = close + 1;
        return text;
    }

    /// <summary>The name of a group, and its '&gt;'.</summary>
    public string? Name() => Until('>') is { } name && (char.IsLetter(name[0]) || name[0] is '_' or '$') && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '$') ? name : null;

    /// <summary>A quantifier, if there is one; a brace that begins none stands for itself.</summary>
    public Repeats? Quantifier(bool afterBrace)
    {
        if (!afterBrace)
        {
            if (Take('*')) return new Repeats(0, null);
            if (Take('+')) return new Repeats(1, null);
            if (Take('?')) return new Repeats(0, 1);
            if (AtEnd || Next != '{') return null;
        }
        var start = _at;
        if (!afterBrace) _at++;
        if (!AtEnd && char.IsAsciiDigit(Next))
        {
            long least = Number();
            var most = (long?)least;
            if (Take(',')) most = !AtEnd && char.IsAsciiDigit(Next) ? Number() : null;
            if (Take('}')) return new Repeats(least, most);
        }
        _at = start;
        return null;
    }

    public T? Fail<T>(string error) where T : class
    {
        Error ??= error;
        return null;
    }
}

/// <summary>The groups of a pattern that take part in its numbering, found before it is translated: references may stand before them.</summary>
internal sealed record PatternGroups(int Count, IReadOnlyDictionary<string, int> Names, bool AreReferred, string? Error)
{
    public static PatternGroups Find(string pattern)
    {
        var (count, referred, inClass) = (0, false, false);
        var names = new Dictionary<string, int>();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
                referred |= !inClass && i < pattern.Length && pattern[i] is (>= '1' and <= '9') or 'k';
            }
            else if (inClass)
            {
                inClass = pattern[i] != ']';
            }
            else if (pattern[i] == '[')
            {
                inClass = true;
            }
            else if (pattern[i] == '(' && (i + 1 == pattern.Length || pattern[i + 1] != '?'))
            {
                count++;
            }
            else if (string.CompareOrdinal(pattern, i, "(?<", 0, 3) == 0 && i + 3 < pattern.Length && pattern[i + 3] is not ('=' or '!'))
            {
                count++;
                var end = pattern.IndexOf('>', i);
                if (end > 0 && !names.TryAdd(pattern[(i + 3)..end], count)) return new(count, names, referred, $"two groups have the name '{pattern[(i + 3)..end]}'");
            }
        }
        return new(count, names, referred, null);
    }
}
