namespace Babyhelm.Core.Liquid;

internal enum SourceTokenKind : byte { Text, Tag, Output, Unclosed }

/// <summary>A piece of the source. For a tag or output, <see cref="Start"/> and <see cref="End"/> include the braces.</summary>
internal readonly record struct SourceToken(SourceTokenKind Kind, int Start, int End);

/// <summary>Cuts a template into text, tags and outputs; in a <c>liquid</c> tag, into lines that are tags.</summary>
internal sealed class TemplateTokenizer(string source, int start, int end, bool lines)
{
    private int _at = start;

    public bool IsLines => lines;

    public bool Next(out SourceToken token)
    {
        token = default;
        if (_at >= end) return false;
        token = lines ? Line() : source[_at] == '{' && _at + 1 < end ? source[_at + 1] switch { '%' => Tag(_at), '{' => Output(), _ => Text() } : Text();
        _at = token.End;
        return true;
    }

    private SourceToken Line()
    {
        var newline = source.IndexOf('\n', _at, end - _at);
        // The newline belongs to no line: an empty line is a token of length zero that still moves on.
        return newline < 0 ? new(SourceTokenKind.Tag, _at, end) : new(SourceTokenKind.Tag, _at, newline + 1);
    }

    private SourceToken Text()
    {
        for (var i = _at; ; i++)
        {
            var brace = source.IndexOf('{', i, end - i);
            if (brace < 0) return new(SourceTokenKind.Text, _at, end);
            if (brace + 1 < end && source[brace + 1] is '{' or '%' && brace > _at) return new(SourceTokenKind.Text, _at, brace);
            i = brace;
        }
    }

    private SourceToken Tag(int from)
    {
        var close = source.IndexOf("%}", _at + 2, end - _at - 2, StringComparison.Ordinal);
        return close < 0 ? new(SourceTokenKind.Unclosed, from, end) : new(SourceTokenKind.Tag, from, close + 2);
    }

    /// <summary>An output ends at the first closing brace, be it in quotes; a tag that starts inside swallows it.</summary>
    private SourceToken Output()
    {
        var from = _at;
        for (var i = _at + 2; i < end; i++)
        {
            if (source[i] == '}') return i + 1 < end && source[i + 1] == '}' ? new(SourceTokenKind.Output, from, i + 2) : new(SourceTokenKind.Unclosed, from, i + 1);
            if (source[i] != '{' || i + 1 >= end || source[i + 1] != '%') continue;
            _at = i;
            var tag = Tag(from);
            return tag with { Kind = tag.Kind == SourceTokenKind.Tag ? SourceTokenKind.Unclosed : tag.Kind };
        }
        return new(SourceTokenKind.Unclosed, from, end);
    }
}
