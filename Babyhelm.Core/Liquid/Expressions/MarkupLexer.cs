namespace Babyhelm.Core.Liquid.Expressions;

internal enum TokenKind : byte
{
    End, Identifier, Number, String, Comparison, Pipe, Dot, Colon, Comma, OpenSquare, CloseSquare, OpenRound, CloseRound, DotDot, Dash, Question,
}

/// <param name="Start">Offset in the template's source.</param>
internal readonly record struct MarkupToken(TokenKind Kind, int Start, int End);

/// <summary>Cuts the inside of a tag or output into words, one at a time.</summary>
internal ref struct MarkupLexer(string source, int start, int end)
{
    private int _at = start;

    public MarkupToken Next()
    {
        while (_at < end && char.IsWhiteSpace(source[_at])) _at++;
        if (_at >= end) return new(TokenKind.End, end, end);

        var first = _at;
        var c = source[_at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (_at < end && (char.IsAsciiLetterOrDigit(source[_at]) || source[_at] is '_' or '-')) _at++;
            if (_at < end && source[_at] == '?') _at++;
            return new(TokenKind.Identifier, first, _at);
        }
        if (char.IsAsciiDigit(c) || (c == '-' && char.IsAsciiDigit(Peek(1)))) return Number();
        if (c is '"' or '\'')
        {
            var close = source.IndexOf(c, _at + 1, end - _at - 1);
            if (close < 0) throw new LiquidException("The text in quotes is not closed.", _at);
            _at = close + 1;
            return new(TokenKind.String, first, _at);
        }

        var (kind, length) = (c, Peek(1)) switch
        {
            ('=', '=') or ('!', '=') or ('<', '>') or ('<', '=') or ('>', '=') => (TokenKind.Comparison, 2),
            ('.', '.') => (TokenKind.DotDot, 2),
            ('<', _) or ('>', _) => (TokenKind.Comparison, 1),
            ('|', _) => (TokenKind.Pipe, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (':', _) => (TokenKind.Colon, 1),
            (',', _) => (TokenKind.Comma, 1),
            ('[', _) => (TokenKind.OpenSquare, 1),
            (']', _) => (TokenKind.CloseSquare, 1),
            ('(', _) => (TokenKind.OpenRound, 1),
            (')', _) => (TokenKind.CloseRound, 1),
            ('-', _) => (TokenKind.Dash, 1),
            ('?', _) => (TokenKind.Question, 1),
            _ => throw new LiquidException($"The character '{c}' is not expected here.", _at),
        };
        _at += length;
        return new(kind, first, _at);
    }

    private MarkupToken Number()
    {
        var first = _at++;
        while (char.IsAsciiDigit(Peek(0))) _at++;
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            _at += 2;
            while (char.IsAsciiDigit(Peek(0))) _at++;
        }
        return new(TokenKind.Number, first, _at);
    }

    private readonly char Peek(int ahead) => _at + ahead < end ? source[_at + ahead] : '\0';
}
