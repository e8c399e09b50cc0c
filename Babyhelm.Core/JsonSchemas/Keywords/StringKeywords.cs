using Babyhelm.Core.JsonSchemas.Formats;
using Babyhelm.Core.JsonSchemas.Patterns;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary><c>minLength</c> and <c>maxLength</c>, in characters (code points).</summary>
internal sealed class LengthKeyword(SchemaNode owner, bool isMost, long limit) : Keyword(owner, isMost ? "maxLength" : "minLength")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.KindOf(at) != JsonKind.String) return true;
        var text = run.TextOf(at);
        // A character takes one to four bytes: mostly there is nothing to count.
        if (isMost ? text.Length <= limit : (text.Length + 3) / 4 >= limit) return true;
        if (!run.Take(text.Length / 256, at)) return false;
        var length = Characters(text);
        if (isMost ? length <= limit : length >= limit) return true;
        return run.Collecting && Fail(ref run, at, $"Expected at {(isMost ? "most" : "least")} {limit} characters, found {length}: {Quote.Of(run.Text, at)}.");
    }

    private static int Characters(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text) count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }
}

internal sealed class PatternKeyword(SchemaNode owner, SchemaPattern pattern) : Keyword(owner, "pattern")
{
    public override bool Check(ref Evaluation run, int at, int marks) => run.KindOf(at) != JsonKind.String || pattern.Matches(ref run, at, this) switch
    {
        null => false,
        true => true,
        false => run.Collecting && Fail(ref run, at, $"Expected a text that matches {Quote.Of(pattern.Utf8)}, found {Quote.Of(run.Text, at)}."),
    };
}

internal sealed class FormatKeyword(SchemaNode owner, string name, FormatCheck check) : Keyword(owner, "format")
{
    // A pattern is compiled to see whether it is one.
    private readonly int _steps = name == "regex" ? 1000 : 1;

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.KindOf(at) != JsonKind.String) return true;
        var text = run.TextOf(at);
        if (!run.Take(_steps + text.Length / 64, at)) return false;
        return check(text) || (run.Collecting && Fail(ref run, at, $"Expected a text of the format '{name}', found {Quote.Of(run.Text, at)}."));
    }
}
