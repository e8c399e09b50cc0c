using System.Globalization;
using System.Numerics;
using System.Text;

namespace Babyhelm.Core.Liquid.Expressions;

/// <summary>Reads the inside of one tag or output.</summary>
internal ref struct MarkupParser
{
    private readonly ParseContext _context;
    private readonly string _source;
    private MarkupLexer _lexer;
    private MarkupToken _ahead;
    private bool _hasAhead;
    private int _depth;

    public MarkupParser(ParseContext context, int start, int end)
    {
        _context = context;
        _source = context.Source.Text;
        _lexer = new MarkupLexer(_source, start, end);
        Current = _lexer.Next();
    }

    public MarkupToken Current { get; private set; }

    public readonly bool AtEnd => Current.Kind == TokenKind.End;

    public readonly string TextOf(in MarkupToken token) => _source[token.Start..token.End];

    public MarkupToken Take()
    {
        var token = Current;
        Current = _hasAhead ? _ahead : _lexer.Next();
        _hasAhead = false;
        return token;
    }

    public MarkupToken Take(TokenKind kind) => Current.Kind == kind ? Take() : throw Unexpected();

    public bool TryTake(TokenKind kind)
    {
        if (Current.Kind != kind) return false;
        Take();
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!IsWord(word)) return false;
        Take();
        return true;
    }

    public readonly bool IsWord(string word) =>
        Current.Kind == TokenKind.Identifier && _source.AsSpan(Current.Start, Current.End - Current.Start).SequenceEqual(word);

    public void TakeEnd()
    {
        if (!AtEnd) throw Unexpected();
    }

    public readonly LiquidException Unexpected() => AtEnd
        ? new LiquidException("Something is missing here.", Current.Start)
        : new LiquidException($"'{TextOf(Current)}' is not expected here.", Current.Start);

    /// <summary>A value with filters; null where nothing is written.</summary>
    public Expression? FilteredOrNothing()
    {
        if (AtEnd) return null;
        var value = Expression();
        while (TryTake(TokenKind.Pipe)) value = Filter(value);
        TakeEnd();
        return value;
    }

    public Expression Expression() => Expression((StringBuilder?)null);

    /// <summary>A value, and its text without white space, by which loops are named.</summary>
    public Expression Expression(out string canonical)
    {
        var text = new StringBuilder();
        var expression = Expression(text);
        canonical = text.ToString();
        return expression;
    }

    private Expression Expression(StringBuilder? canonical)
    {
        if (++_depth > _context.Options.MaxNesting)
            throw new LiquidException($"Brackets are nested deeper than the limit of {_context.Options.MaxNesting}.", Current.Start, LiquidLimit.Nesting);
        var start = Current;
        Expression result;
        switch (start.Kind)
        {
            case TokenKind.Identifier:
                Take();
                var name = TextOf(start);
                canonical?.Append(name);
                result = Current.Kind is TokenKind.Dot or TokenKind.OpenSquare || Word(name) is not { } word
                    ? new Lookup(start.Start, name, null, Path(canonical))
                    : new Literal(start.Start, word);
                break;
            case TokenKind.OpenSquare:
                Take();
                canonical?.Append('[');
                var key = Expression(canonical);
                Take(TokenKind.CloseSquare);
                canonical?.Append(']');
                result = new Lookup(start.Start, null, key, Path(canonical));
                break;
            case TokenKind.String:
                Take();
                canonical?.Append(TextOf(start));
                result = new Literal(start.Start, _source[(start.Start + 1)..(start.End - 1)]);
                break;
            case TokenKind.Number:
                Take();
                canonical?.Append(TextOf(start));
                result = new Literal(start.Start, Number(TextOf(start)));
                break;
            case TokenKind.OpenRound:
                Take();
                canonical?.Append('(');
                var first = Expression(canonical);
                Take(TokenKind.DotDot);
                canonical?.Append("..");
                var last = Expression(canonical);
                Take(TokenKind.CloseRound);
                canonical?.Append(')');
                result = new RangeExpression(start.Start, first, last);
                break;
            default:
                throw Unexpected();
        }
        _depth--;
        return result;
    }

    private Access[] Path(StringBuilder? canonical)
    {
        List<Access>? path = null;
        while (true)
        {
            if (TryTake(TokenKind.Dot))
            {
                var token = Take(TokenKind.Identifier);
                var name = TextOf(token);
                canonical?.Append('.').Append(name);
                (path ??= []).Add(new Access(new Literal(token.Start, name), name));
            }
            else if (TryTake(TokenKind.OpenSquare))
            {
                canonical?.Append('[');
                var key = Expression(canonical);
                Take(TokenKind.CloseSquare);
                canonical?.Append(']');
                (path ??= []).Add(new Access(key, null));
            }
            else return path is null ? [] : [.. path];
        }
    }

    private Expression Filter(Expression input)
    {
        var name = Take(TokenKind.Identifier);
        List<Expression>? arguments = null;
        List<(string, Expression)>? named = null;
        if (TryTake(TokenKind.Colon))
            do
            {
                if (Current.Kind == TokenKind.Identifier && Ahead().Kind == TokenKind.Colon)
                {
                    var key = TextOf(Take());
                    Take();
                    (named ??= []).Add((key, Expression()));
                }
                else (arguments ??= []).Add(Expression());
            }
            while (TryTake(TokenKind.Comma));
        return FilterCall.Create(_context, name.Start, TextOf(name), input, arguments, named);
    }

    /// <summary>The token after the current one.</summary>
    public MarkupToken Ahead()
    {
        if (!_hasAhead) _ahead = _lexer.Next();
        _hasAhead = true;
        return _ahead;
    }

    private static LiquidValue? Word(string name) => name switch
    {
        "nil" or "null" => LiquidValue.Nil,
        "true" => LiquidValue.True,
        "false" => LiquidValue.False,
        "empty" => LiquidValue.Empty,
        "blank" => LiquidValue.Blank,
        _ => (LiquidValue?)null,
    };

    private static LiquidValue Number(string text)
    {
        if (text.Contains('.')) return double.Parse(text, CultureInfo.InvariantCulture);
        return text.Length <= 18 ? long.Parse(text, CultureInfo.InvariantCulture)
            : text.Length <= 1000 ? LiquidValue.From(BigInteger.Parse(text, CultureInfo.InvariantCulture))
            : throw new LiquidException("The number is too large.");
    }
}
