using System.Security.Cryptography;

namespace Babyhelm.Core.Liquid.Filters;

/// <summary><c>default</c> and our own filters: <c>yaml</c>, <c>json</c>, <c>indent</c>, <c>b64encode</c>, <c>sha256</c>.</summary>
internal static class OutputFilters
{
    private const int MaxDepth = 100;

    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["default"] = new(0, 1, Default, TakesNamed: true);
        filters["yaml"] = filters["json"] = new(0, 0, Json);
        filters["indent"] = new(1, 1, Indent);
        filters["b64encode"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Convert.ToBase64String(EncodingFilters.Bytes(input.Text)));
        filters["sha256"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Convert.ToHexStringLower(SHA256.HashData(EncodingFilters.Bytes(input.Text))));
    }

    private static LiquidValue Default(in FilterInput input, LiquidValue[] arguments)
    {
        var named = arguments is [.., { Kind: LiquidKind.Map } last] ? last.AsMap : null;
        var allowFalse = named is not null && named.TryGetValue("allow_false", out var allow) && allow.IsTruthy;
        var value = input.Value;
        var isMissing = (allowFalse ? value.IsNil : !value.IsTruthy)
            || (value.Kind is LiquidKind.String or LiquidKind.List or LiquidKind.Map && Comparison.AreEqual(value, LiquidValue.Empty));
        if (!isMissing) return value;
        return arguments.Length > (named is null ? 0 : 1) ? arguments[0] : "";
    }

    private static LiquidValue Indent(in FilterInput input, LiquidValue[] arguments)
    {
        var spaces = new string(' ', (int)Math.Clamp(Numbers.RequireInteger(arguments[0], "width"), 0, 200));
        var output = new OutputBuffer(input.Limit);
        var text = input.Text;
        for (var at = 0; at < text.Length;)
        {
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline + 1;
            output.Append(spaces);
            output.Append(text.AsSpan(at, end - at));
            at = end;
        }
        return output.ToString();
    }

    /// <summary>
    /// JSON on one line, in the subset that is YAML too: every text is quoted, and what YAML does not take as it is, or
    /// what could deceive a reader (direction marks), is escaped. So no value can change the structure around it.
    /// </summary>
    private static LiquidValue Json(in FilterInput input, LiquidValue[] _)
    {
        var output = new OutputBuffer(input.Limit);
        Write(input.Value, output, input.Rendering, 0);
        return output.ToString();
    }

    private static void Write(in LiquidValue value, OutputBuffer output, Rendering rendering, int depth)
    {
        rendering.Step();
        if (depth > MaxDepth) throw new LiquidException($"The value is nested deeper than {MaxDepth}.", limit: LiquidLimit.Nesting);
        switch (value.Kind)
        {
            case LiquidKind.Nil: output.Append("null"); break;
            case LiquidKind.Boolean or LiquidKind.Integer: TextForm.Write(value, output); break;
            case LiquidKind.Float when double.IsFinite(value.AsFloat): output.Append(TextForm.Float(value.AsFloat)); break;
            case LiquidKind.String: QuotedText.Write(value.AsString, output); break;
            case LiquidKind.List:
                output.Append('[');
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    if (i > 0) output.Append(", ");
                    Write(value.AsList[i], output, rendering, depth + 1);
                }
                output.Append(']');
                break;
            case LiquidKind.Map:
                output.Append('{');
                var first = true;
                foreach (var (key, item) in value.AsMap)
                {
                    if (!first) output.Append(", ");
                    first = false;
                    QuotedText.Write(key, output);
                    output.Append(": ");
                    Write(item, output, rendering, depth + 1);
                }
                output.Append('}');
                break;
            default: throw new LiquidException($"A {Comparison.Name(value)} cannot be written as data.");
        }
    }
}
