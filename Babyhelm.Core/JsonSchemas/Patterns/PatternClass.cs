namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>Reads what stands between brackets.</summary>
internal static class PatternClass
{
    /// <summary>After the opening bracket, up to and with the closing one; null after an error, which the scanner has.</summary>
    public static CodePointSet? Read(PatternScanner scan)
    {
        var set = new CodePointSet();
        var inverted = scan.Take('^');
        while (!scan.Take(']'))
        {
            if (scan.AtEnd) return scan.Fail<CodePointSet>("a '[' is not closed");
            if (Atom(scan) is not { } from) return null;
            if (!scan.Take('-'))
            {
                set.Add(from.Set);
                continue;
            }
            if (!scan.AtEnd && scan.Next == ']')
            {
                set.Add(from.Set).Add('-', '-');
                continue;
            }
            if (scan.AtEnd) return scan.Fail<CodePointSet>("a '[' is not closed");
            if (Atom(scan) is not { } to) return null;
            if (from.Single < 0 || to.Single < 0) return scan.Fail<CodePointSet>("a range in brackets begins or ends with a class of characters");
            if (from.Single > to.Single) return scan.Fail<CodePointSet>("a range in brackets begins after its end");
            set.Add(from.Single, to.Single);
        }
        return inverted ? set.Inverted() : set;
    }

    private sealed record ClassAtom(CodePointSet Set, int Single);

    private static ClassAtom? Atom(PatternScanner scan)
    {
        var c = scan.Read();
        if (c != '\\') return new ClassAtom(new CodePointSet().Add(c, c), c);
        return PatternEscape.Read(scan, inClass: true, out var single) is { } set ? new ClassAtom(set, single) : null;
    }
}
