namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>When a command runs, by the exit code of the one before it.</summary>
internal enum Joint { Always, AfterSuccess, AfterFailure }

/// <summary>A piece of a word: text as it stands, or the name of a variable.</summary>
/// <param name="Quoted">Not split at spaces.</param>
internal readonly record struct WordPart(string Text, bool IsVariable, bool Quoted);

/// <summary>Parts that become one word, or several where an unquoted variable holds spaces.</summary>
internal sealed record ShellWord(IReadOnlyList<WordPart> Parts)
{
    /// <summary>The text, where no variable is in it.</summary>
    public string? Plain => Parts.Any(p => p.IsVariable) ? null : string.Concat(Parts.Select(p => p.Text));
}

/// <summary>Where one of the two outputs goes.</summary>
/// <param name="Stream">1 or 2.</param>
/// <param name="Target">1 or 2, or 0 for nowhere.</param>
internal readonly record struct Redirection(int Stream, int Target);

internal sealed record ShellCommand(Joint Joint, IReadOnlyList<ShellWord> Words, IReadOnlyList<Redirection> Redirections);

/// <summary>
/// Reads the part of the shell's language that the sandbox knows: words with quotes and variables, <c>;</c>, <c>&amp;&amp;</c>,
/// <c>||</c>, comments, and sending one output to the other or to /dev/null.
/// </summary>
internal sealed class ShellSyntax(string text)
{
    private static readonly string[] Keywords = ["if", "for", "while", "until", "case", "function", "{", "!", "[["];

    private readonly List<ShellCommand> _commands = [];
    private readonly List<ShellWord> _words = [];
    private readonly List<Redirection> _redirections = [];
    private Joint _joint;
    private int _at;

    /// <summary>The commands, or what is wrong with the text.</summary>
    public (IReadOnlyList<ShellCommand> Commands, string? Problem) Read()
    {
        while (_at < text.Length)
        {
            var c = text[_at];
            var problem = c switch
            {
                ' ' or '\t' or '\r' => Skip(),
                '#' => Comment(),
                '\n' or ';' => Separate(1, Joint.Always),
                '&' when Next(1) == '&' => Separate(2, Joint.AfterSuccess),
                '|' when Next(1) == '|' => Separate(2, Joint.AfterFailure),
                '&' or '|' or '<' or '(' or ')' or '`' => Unknown(c.ToString()),
                '>' => Redirect(1),
                '1' or '2' when Next(1) == '>' => Redirect(c - '0'),
                _ => Word(),
            };
            if (problem is not null) return ([], problem);
        }
        return End() is { } wrong ? ([], wrong)
            : _joint != Joint.Always ? ([], "syntax error: unexpected end of file")
            : (_commands, null);
    }

    private char Next(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private string? Skip()
    {
        _at++;
        return null;
    }

    private string? Comment()
    {
        while (_at < text.Length && text[_at] != '\n') _at++;
        return null;
    }

    private string? Separate(int length, Joint joint)
    {
        var separator = text.Substring(_at, length);
        // A line may end after && and ||.
        if (_words.Count == 0 && _redirections.Count == 0 && (separator != "\n" || joint != Joint.Always)) return $"syntax error: unexpected \"{separator}\"";
        _at += length;
        if (_words.Count == 0 && _redirections.Count == 0) return null;
        if (End() is { } wrong) return wrong;
        _joint = joint;
        return null;
    }

    private string? End()
    {
        if (_words.Count == 0 && _redirections.Count == 0) return null;
        if (_words.Count > 0 && _words[0].Plain is { } first && Keywords.Contains(first)) return Unknown(first);
        _commands.Add(new(_joint, [.. _words], [.. _redirections]));
        _words.Clear();
        _redirections.Clear();
        _joint = Joint.Always;
        return null;
    }

    private string? Redirect(int stream)
    {
        if (text[_at] != '>') _at++;
        _at++;
        if (_at < text.Length && text[_at] == '&' && Next(1) is '1' or '2')
        {
            _redirections.Add(new(stream, Next(1) - '0'));
            _at += 2;
            return null;
        }
        while (_at < text.Length && text[_at] is ' ' or '\t') _at++;
        var start = _at;
        while (_at < text.Length && !" \t\r\n;&|".Contains(text[_at])) _at++;
        if (text[start.._at] != "/dev/null") return $"can't create {text[start.._at]}: Read-only file system";
        _redirections.Add(new(stream, 0));
        return null;
    }

    private string? Word()
    {
        var parts = new List<WordPart>();
        while (_at < text.Length && !" \t\r\n;&|<>()`".Contains(text[_at]))
        {
            var problem = text[_at] switch
            {
                '\'' => Single(parts),
                '"' => Double(parts),
                '$' => Variable(parts, quoted: false),
                '\\' => Escaped(parts),
                _ => Bare(parts),
            };
            if (problem is not null) return problem;
        }
        _words.Add(new(parts));
        return null;
    }

    private string? Bare(List<WordPart> parts)
    {
        var start = _at;
        while (_at < text.Length && !" \t\r\n;&|<>()`'\"$\\".Contains(text[_at])) _at++;
        parts.Add(new(text[start.._at], false, false));
        return null;
    }

    private string? Escaped(List<WordPart> parts)
    {
        if (Next(1) != '\n') parts.Add(new(_at + 1 < text.Length ? Next(1).ToString() : "\\", false, true));
        _at += 2;
        return null;
    }

    private string? Single(List<WordPart> parts)
    {
        var end = text.IndexOf('\'', _at + 1);
        if (end < 0) return "syntax error: unterminated quoted string";
        parts.Add(new(text[(_at + 1)..end], false, true));
        _at = end + 1;
        return null;
    }

    private string? Double(List<WordPart> parts)
    {
        _at++;
        parts.Add(new("", false, true));
        while (_at < text.Length && text[_at] != '"')
        {
            if (text[_at] == '`') return Unknown("`");
            if (text[_at] == '$')
            {
                if (Variable(parts, quoted: true) is { } problem) return problem;
                continue;
            }
            if (text[_at] == '\\' && Next(1) is '"' or '\\' or '$' or '`') _at++;
            parts.Add(new(text[_at++].ToString(), false, true));
        }
        if (_at >= text.Length) return "syntax error: unterminated quoted string";
        _at++;
        return null;
    }

    private string? Variable(List<WordPart> parts, bool quoted)
    {
        var start = _at + 1;
        if (Next(1) == '(') return Unknown("$(");
        if (Next(1) == '{')
        {
            var end = text.IndexOf('}', start);
            if (end < 0 || !IsName(text[(start + 1)..end])) return "syntax error: bad substitution";
            parts.Add(new(text[(start + 1)..end], true, quoted));
            _at = end + 1;
            return null;
        }
        var length = Next(1) is '?' or '$' or '#' ? 1 : 0;
        if (length == 0)
            while (start + length < text.Length && (char.IsAsciiLetterOrDigit(text[start + length]) || text[start + length] == '_')) length++;
        parts.Add(length == 0 ? new("$", false, true) : new(text.Substring(start, length), true, quoted));
        _at = start + length;
        return null;
    }

    /// <summary>Of a variable, or of what the shell itself knows.</summary>
    private static bool IsName(string name) => name is "?" or "$" or "#" || (name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));

    private static string Unknown(string what) => $"syntax error: the sandbox's shell does not know \"{what}\"";
}
