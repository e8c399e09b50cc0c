namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>
/// Reads a pattern of ECMA-262 in its Unicode mode and writes one for .NET that says the same: digits and word characters are ASCII,
/// a dollar sign is the very end, and one character is a code point. What ECMA-262 does not know is an error; punctuation that is
/// escaped without need, and single brackets and braces, are taken, as much in use.
/// </summary>
internal sealed class PatternTranslator(string pattern)
{
    private const int MaxNesting = 50;
    private const int MaxRepeats = 100_000;

    // Above it the states of the linear engine take too much memory.
    private const int MaxLinearSize = 5000;

    // Texts of the regular expression and, between them, sets.
    private readonly List<object> _out = [];
    private readonly PatternScanner _scan = new(pattern);
    private readonly PatternGroups _groups = PatternGroups.Find(pattern);
    private int _group;
    private string? _error;

    /// <summary>It has something that only the backtracking engine knows, or is too large for the other one.</summary>
    public bool NeedsBacktracking { get; private set; }

    /// <summary>What texts are to be written in; none where groups are referred to, which compares characters themselves: they stay in UTF-16.</summary>
    public Alphabet? Alphabet { get; private set; }

    /// <summary>Either the pattern for .NET or what is wrong.</summary>
    public (string? Regex, string? Error) Translate()
    {
        if (_groups.Error is not null) return (null, _groups.Error);
        var size = Disjunction(0);
        if (size >= 0 && !_scan.AtEnd) Fail("a ')' closes nothing");
        if (size > MaxLinearSize) NeedsBacktracking = true;
        if (_error is not null) return (null, _error);
        if (!_groups.AreReferred) Alphabet = new Alphabet(_out.OfType<CodePointSet>());
        return (string.Concat(_out.Select(part => part is CodePointSet set ? Alphabet?.Class(set) ?? set.ToUtf16() : part)), null);
    }

    // Each part answers how many states it has; -1 after an error.
    private long Disjunction(int depth)
    {
        if (depth > MaxNesting) return Fail($"groups are nested deeper than {MaxNesting} levels");
        var size = 1L;
        while (true)
        {
            while (!_scan.AtEnd && _scan.Next is not ('|' or ')'))
            {
                var term = Term(depth);
                if (term < 0) return -1;
                size += term;
            }
            if (!_scan.Take('|')) return size;
            _out.Add("|");
        }
    }

    private long Term(int depth)
    {
        var c = _scan.Read();
        switch (c)
        {
            case '^':
                _out.Add("^");
                return 1;
            case '$':
                _out.Add("\\z");
                return 1;
            case '*' or '+' or '?':
                return Fail($"'{(char)c}' has nothing to repeat");
            case '(':
                return Group(depth);
            case '.':
                return Set(CodePointSet.Dot);
            case '[':
                return PatternClass.Read(_scan) is { } set ? Set(set) : Fail(_scan.Error!);
            case '\\':
                return Escape();
            case '{' when _scan.Quantifier(afterBrace: true) is not null:
                return Fail("a quantifier has nothing to repeat");
            default:
                return Set(new CodePointSet().Add(c, c));
        }
    }

    private long Escape()
    {
        if (_scan.Take('b')) return Border("(?:(?<=", ")(?!", ")|(?<!", ")(?=", "))");
        if (_scan.Take('B')) return Border("(?:(?<=", ")(?=", ")|(?<!", ")(?!", "))");
        if (!_scan.AtEnd && _scan.Next is >= '1' and <= '9') return Reference(_scan.Number());
        if (_scan.Take('k')) return _scan.Take('<') && _scan.Name() is { } name && _groups.Names.TryGetValue(name, out var number) ? Reference(number) : Fail("\\k has to name a group, as in \\k<name>");
        return PatternEscape.Read(_scan, inClass: false) is { } set ? Set(set) : Fail(_scan.Error!);
    }

    /// <summary>Looks at a word character on each side, four times, between the given texts.</summary>
    private long Border(params string[] texts)
    {
        NeedsBacktracking = true;
        foreach (var text in texts[..^1]) _out.AddRange([text, CodePointSet.WordCharacters]);
        _out.Add(texts[^1]);
        return texts.Length;
    }

    private long Reference(int number)
    {
        if (number > _groups.Count) return Fail($"there is no group {number} to refer to");
        NeedsBacktracking = true;
        // Of a group that took no part nothing is repeated; .NET would not match there.
        _out.Add($"(?:(?({number})\\{number}|))");
        return Quantified(1, repeatable: true);
    }

    private long Group(int depth)
    {
        var repeatable = true;
        if (!_scan.Take('?'))
        {
            Open();
        }
        else if (_scan.Take(':'))
        {
            _out.Add("(?:");
        }
        else if (_scan.TakeText("=") || _scan.TakeText("!") || _scan.TakeText("<=") || _scan.TakeText("<!"))
        {
            (NeedsBacktracking, repeatable) = (true, false);
            _out.Add("(?" + _scan.Taken);
        }
        else if (_scan.Take('<') && _scan.Name() is not null)
        {
            Open();
        }
        else
        {
            return Fail("a group begins with something that is not known after '(?'");
        }
        var size = Disjunction(depth + 1);
        if (size < 0) return -1;
        if (!_scan.Take(')')) return Fail("a '(' is not closed");
        _out.Add(")");
        return Quantified(size, repeatable);
    }

    private void Open() => _out.Add(_groups.AreReferred ? $"(?<{++_group}>" : "(?:");

    private long Set(CodePointSet set)
    {
        _out.Add(set);
        return Quantified(1, repeatable: true);
    }

    private long Quantified(long size, bool repeatable)
    {
        if (_scan.Quantifier(afterBrace: false) is not { } times) return _scan.Error is null ? size : Fail(_scan.Error);
        if (!repeatable) return Fail("an assertion can't be repeated");
        if (times.Least > MaxRepeats || times.Most > MaxRepeats) return Fail($"something is repeated more than {MaxRepeats} times");
        if (times.Most is { } most && most < times.Least) return Fail("a quantifier's first number is larger than its second");
        _out.Add(_scan.Take('?') ? $"{times}?" : times.ToString());
        var whole = size * Math.Max(1, times.Most ?? times.Least) + 1;
        return whole > int.MaxValue ? Fail("it is repeated too often in all") : whole;
    }

    private long Fail(string error)
    {
        _error ??= error;
        return -1;
    }
}
