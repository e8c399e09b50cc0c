using System.Text;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Reads PromQL as of Prometheus 2.42 and what is stable of 3. Bounded by <see cref="PromQlLimits"/>; never throws for a text.</summary>
internal static class PromQlText
{
    /// <summary>The expression, or <see cref="InvalidQuery"/>.</summary>
    /// <param name="maxLength">Characters.</param>
    public static Result<Expr> Parse(string text, int maxLength = PromQlLimits.MaxLength) => Read(text, maxLength, parser => parser.ReadAll());

    /// <summary>A selector without range and moment, or <see cref="InvalidQuery"/>.</summary>
    public static Result<Expr> ParseSelector(string text, int maxLength = PromQlLimits.MaxLength) => Read(text, maxLength, parser => parser.ReadSelectorAlone());

    private static Result<Expr> Read(string text, int maxLength, Func<Parser, Expr> read)
    {
        if (text.Length > maxLength) return new InvalidQuery(1, 1, $"The query has {text.Length} characters; at most {maxLength} are taken.");
        try
        {
            if (LoneSurrogate(text) is { } lone) throw new PromQlException(lone, "This is no valid Unicode character.");
            return read(new Parser(Lexer.Read(text)));
        }
        catch (PromQlException fault)
        {
            var before = text.AsSpan(0, Math.Min(fault.Offset, text.Length));
            return new InvalidQuery(before.Count('\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1, fault.Message);
        }
    }

    private static int? LoneSurrogate(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune)) return at;
            at += rune.Utf16SequenceLength;
        }
        return null;
    }
}
