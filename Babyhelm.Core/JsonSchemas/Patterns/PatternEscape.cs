namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>Reads what follows a backslash and stands for characters.</summary>
internal static class PatternEscape
{
    public static CodePointSet? Read(PatternScanner scan, bool inClass) => Read(scan, inClass, out _);

    /// <param name="single">The one character; -1 for a class of them.</param>
    public static CodePointSet? Read(PatternScanner scan, bool inClass, out int single)
    {
        single = -1;
        if (scan.AtEnd) return scan.Fail<CodePointSet>("it ends with a backslash");
        var c = scan.Read();
        switch (c)
        {
            case 'd': return CodePointSet.Digits;
            case 'D': return CodePointSet.Digits.Inverted();
            case 'w': return CodePointSet.WordCharacters;
            case 'W': return CodePointSet.WordCharacters.Inverted();
            case 's': return CodePointSet.Spaces;
            case 'S': return CodePointSet.Spaces.Inverted();
            case 'p' or 'P':
                if (!scan.Take('{') || scan.Until('}') is not { } name) return scan.Fail<CodePointSet>($"\\{(char)c} has to name a property, as in \\{(char)c}{{Letter}}");
                if (UnicodeProperties.Find(name) is not { } set) return scan.Fail<CodePointSet>($"the Unicode property '{name}' is not supported; general categories such as 'Letter' are");
                return c == 'p' ? set : set.Inverted();
        }
        single = Character(scan, c, inClass);
        return single >= 0 ? new CodePointSet().Add(single, single) : scan.Fail<CodePointSet>($"ECMA-262 does not know the escape \\{char.ConvertFromUtf32(c)}");
    }

    private static int Character(PatternScanner scan, int c, bool inClass)
    {
        switch (c)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'v': return '\v';
            case 'f': return '\f';
            case 'r': return '\r';
            case 'b' when inClass: return '\b';
            case '0': return !scan.AtEnd && char.IsAsciiDigit(scan.Next) ? -1 : 0;
            case 'c': return !scan.AtEnd && char.IsAsciiLetter(scan.Next) ? scan.Read() & 0x1F : -1;
            case 'x': return scan.Hex(2);
            case 'u': return Unicode(scan);
            // Signs stand for themselves; letters and digits that mean nothing are left to future versions.
            default: return c < 0x80 && !char.IsAsciiLetterOrDigit((char)c) ? c : -1;
        }
    }

    private static int Unicode(PatternScanner scan)
    {
        if (scan.Take('{'))
        {
            if (scan.Until('}') is not { Length: <= 8 } digits || !digits.All(char.IsAsciiHexDigit)) return -1;
            var value = Convert.ToInt64(digits, 16);
            return value <= 0x10FFFF ? (int)value : -1;
        }
        var first = scan.Hex(4);
        if (first < 0 || !char.IsHighSurrogate((char)first) || !scan.TakeText("\\u")) return first;
        var second = scan.Hex(4);
        return second >= 0 && char.IsLowSurrogate((char)second) ? char.ConvertToUtf32((char)first, (char)second) : -1;
    }
}
