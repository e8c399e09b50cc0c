namespace Babyhelm.Core.Liquid.Filters;

internal static class TextFilters
{
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["append"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Joined(input, input.Text, input.TextOf(a[0])));
        filters["prepend"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Joined(input, input.TextOf(a[0]), input.Text));
        filters["upcase"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.ToUpperInvariant());
        filters["downcase"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.ToLowerInvariant());
        filters["capitalize"] = new(0, 0, Capitalize);
        filters["strip"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.AsSpan().Trim(Whitespace.Characters).ToString());
        filters["lstrip"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.AsSpan().TrimStart(Whitespace.Characters).ToString());
        filters["rstrip"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.AsSpan().TrimEnd(Whitespace.Characters).ToString());
        filters["squish"] = new(0, 0, Squish);
        filters["strip_newlines"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => input.Text.Replace("\r\n", "").Replace("\n", ""));
        filters["newline_to_br"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Replaced(input, input.Text.Replace("\r\n", "\n"), "\n", "<br />\n", int.MaxValue));
        filters["replace"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Replaced(input, input.Text, input.TextOf(a[0]), Second(input, a), int.MaxValue));
        filters["replace_first"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Replaced(input, input.Text, input.TextOf(a[0]), Second(input, a), 1));
        filters["replace_last"] = new(2, 2, (in FilterInput input, LiquidValue[] a) => ReplaceLast(input, input.TextOf(a[0]), input.TextOf(a[1])));
        filters["remove"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Replaced(input, input.Text, input.TextOf(a[0]), "", int.MaxValue));
        filters["remove_first"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Replaced(input, input.Text, input.TextOf(a[0]), "", 1));
        filters["remove_last"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => ReplaceLast(input, input.TextOf(a[0]), ""));
        filters["split"] = new(1, 1, Split);
        filters["truncate"] = new(0, 2, Truncate);
        filters["truncatewords"] = new(0, 2, TruncateWords);
        filters["slice"] = new(1, 2, Slice);
    }

    private static string Second(in FilterInput input, LiquidValue[] arguments) => arguments.Length > 1 ? input.TextOf(arguments[1]) : "";

    private static LiquidValue Joined(in FilterInput input, string first, string second)
    {
        var output = new OutputBuffer(input.Limit);
        output.Append(first);
        output.Append(second);
        return output.ToString();
    }

    private static LiquidValue Capitalize(in FilterInput input, LiquidValue[] _)
    {
        var text = input.Text;
        var first = Sequences.OffsetOf(text, 1);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    private static LiquidValue Squish(in FilterInput input, LiquidValue[] _) =>
        input.Value.IsNil ? LiquidValue.Nil : string.Join(' ', Words(input.Text, int.MaxValue));

    private static LiquidValue Replaced(in FilterInput input, string text, string search, string replacement, int most)
    {
        var output = new OutputBuffer(input.Limit);
        var at = 0;
        for (var count = 0; count < most && at <= text.Length; count++)
        {
            var found = TextSearch.IndexOf(text, search, at);
            if (found < 0) break;
            output.Append(text.AsSpan(at, found - at));
            output.Append(replacement);
            at = found + search.Length;
            if (search.Length > 0) continue;
            // An empty text is found between all characters and at both ends.
            if (at < text.Length) output.Append(text[at]);
            at++;
        }
        if (at < text.Length) output.Append(text.AsSpan(at));
        return output.ToString();
    }

    private static LiquidValue ReplaceLast(in FilterInput input, string search, string replacement)
    {
        var text = input.Text;
        var found = TextSearch.LastIndexOf(text, search);
        return found < 0 ? text : Joined(input, text[..found] + replacement, text[(found + search.Length)..]);
    }

    /// <summary>As Ruby: empty parts at the end are dropped, a single space splits at any white space, nothing at each character.</summary>
    private static LiquidValue Split(in FilterInput input, LiquidValue[] arguments)
    {
        var text = input.Text;
        var separator = input.TextOf(arguments[0]);
        input.Rendering.Step(text.Length / 16);
        var parts = new List<LiquidValue>();
        if (separator == " ") parts.AddRange(Words(text, int.MaxValue).Select(w => (LiquidValue)w));
        else if (separator.Length == 0) foreach (var rune in text.EnumerateRunes()) parts.Add(rune.ToString());
        else
        {
            var at = 0;
            while (TextSearch.IndexOf(text, separator, at) is >= 0 and var found)
            {
                parts.Add(text[at..found]);
                at = found + separator.Length;
                input.Rendering.Step();
            }
            parts.Add(text[at..]);
        }
        while (parts.Count > 0 && parts[^1].AsString.Length == 0) parts.RemoveAt(parts.Count - 1);
        return parts;
    }

    private static LiquidValue Truncate(in FilterInput input, LiquidValue[] arguments)
    {
        if (input.Value.IsNil) return LiquidValue.Nil;
        var text = input.Text;
        var length = arguments.Length > 0 ? Numbers.RequireInteger(arguments[0], "length") : 50;
        var end = arguments.Length > 1 ? input.TextOf(arguments[1]) : "...";
        if (Sequences.TextLength(text) <= length) return text;
        return Joined(input, text[..Sequences.OffsetOf(text, Math.Max(0, length - Sequences.TextLength(end)))], end);
    }

    private static LiquidValue TruncateWords(in FilterInput input, LiquidValue[] arguments)
    {
        if (input.Value.IsNil) return LiquidValue.Nil;
        var text = input.Text;
        var count = (int)Math.Clamp(arguments.Length > 0 ? Numbers.RequireInteger(arguments[0], "number of words") : 15, 1, int.MaxValue - 1);
        var words = Words(text, count + 1).ToList();
        if (words.Count <= count) return text;
        words.RemoveAt(count);
        return Joined(input, string.Join(' ', words), arguments.Length > 1 ? input.TextOf(arguments[1]) : "...");
    }

    private static LiquidValue Slice(in FilterInput input, LiquidValue[] arguments)
    {
        var offset = Numbers.RequireInteger(arguments[0], "offset");
        var length = arguments.Length > 1 && !arguments[1].IsNil ? Numbers.RequireInteger(arguments[1], "length") : 1;
        var list = input.Value.Kind == LiquidKind.List ? input.Value.AsList : null;
        var text = list is null ? input.Text : "";
        var total = list?.Count ?? Sequences.TextLength(text);
        if (offset < 0) offset += total;
        if (offset < 0 || offset > total || length < 0) return list is null ? "" : new List<LiquidValue>();
        var count = (int)Math.Min(length, total - offset);
        if (list is not null) return list.GetRange((int)offset, count);
        var start = Sequences.OffsetOf(text, offset);
        return text[start..(start + Sequences.OffsetOf(text[start..], count))];
    }

    private static IEnumerable<string> Words(string text, int most)
    {
        var i = 0;
        for (var count = 0; count < most; count++)
        {
            while (i < text.Length && Whitespace.Characters.Contains(text[i])) i++;
            var start = i;
            while (i < text.Length && !Whitespace.Characters.Contains(text[i])) i++;
            if (i == start) yield break;
            yield return text[start..i];
        }
    }
}
