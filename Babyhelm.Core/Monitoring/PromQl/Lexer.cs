namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Cuts a text into tokens. Comments and white space go.</summary>
internal sealed class Lexer(string text)
{
    // Longest first.
    private static readonly string[] Symbols = ["==", "!=", "=~", "!~", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", "[", "]", ",", "@"];
    private readonly List<Token> _tokens = [];
    private int _at;
    private bool _inBrackets;

    public static List<Token> Read(string text) => new Lexer(text).Read();

    private List<Token> Read()
    {
        while (true)
        {
            SkipSpace();
            if (_at == text.Length) break;
            _tokens.Add(Next());
        }
        _tokens.Add(new Token(TokenKind.End, _at, ""));
        return _tokens;
    }

    private void SkipSpace()
    {
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == '#')
                while (_at + 1 < text.Length && text[_at + 1] is not ('\n' or '\r')) _at++;
            else if (text[_at] is not (' ' or '\t' or '\n' or '\r')) return;
        }
    }

    private Token Next()
    {
        var c = text[_at];
        if (c is '"' or '\'' or '`') return Cut(TokenKind.String, QuotedText.End(text, _at));
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]))) return NumberOrDuration();
        // In brackets a colon parts range and step.
        if (_inBrackets && c == ':') return Cut(TokenKind.Symbol, _at + 1);
        if (IsWord(c, first: true)) return Word();
        foreach (var symbol in Symbols)
            if (string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) == 0)
            {
                _inBrackets = symbol == "[" || (_inBrackets && symbol != "]");
                return Cut(TokenKind.Symbol, _at + symbol.Length);
            }
        throw new PromQlException(_at, $"{Shown(c)} has no meaning here.");
    }

    private Token Word()
    {
        var end = _at + 1;
        while (end < text.Length && IsWord(text[end], first: false)) end++;
        return Cut(TokenKind.Word, end);
    }

    private Token NumberOrDuration()
    {
        if (Literals.NumberEnd(text, _at) is { } number) return Cut(TokenKind.Number, number);
        if (Literals.DurationEnd(text, _at) is { } duration) return Cut(TokenKind.Duration, duration);
        throw new PromQlException(_at, "This is neither a number nor a duration such as 5m or 1h30m.");
    }

    private Token Cut(TokenKind kind, int end)
    {
        var token = new Token(kind, _at, text[_at..end]);
        _at = end;
        return token;
    }

    private static bool IsWord(char c, bool first) => c is '_' or ':' || (first ? char.IsAsciiLetter(c) : char.IsAsciiLetterOrDigit(c));

    private static string Shown(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : $"'{c}'";
}
