using System.Collections.Concurrent;
using System.Globalization;

namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>Sets for <c>\p{…}</c>: general categories by their short and long names, and the few properties that follow from them.</summary>
internal static class UnicodeProperties
{
    private static readonly Lazy<CodePointSet[]> Categories = new(Read);

    // Values of General_Category with their aliases (PropertyValueAliases.txt), and .NET's categories that each holds.
    private static readonly Dictionary<string, UnicodeCategory[]> Names = Named(
        ("Lu Uppercase_Letter", [UnicodeCategory.UppercaseLetter]),
        ("Ll Lowercase_Letter", [UnicodeCategory.LowercaseLetter]),
        ("Lt Titlecase_Letter", [UnicodeCategory.TitlecaseLetter]),
        ("LC Cased_Letter", [UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter]),
        ("Lm Modifier_Letter", [UnicodeCategory.ModifierLetter]),
        ("Lo Other_Letter", [UnicodeCategory.OtherLetter]),
        ("L Letter", [UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter]),
        ("Mn Nonspacing_Mark", [UnicodeCategory.NonSpacingMark]),
        ("Mc Spacing_Mark", [UnicodeCategory.SpacingCombiningMark]),
        ("Me Enclosing_Mark", [UnicodeCategory.EnclosingMark]),
        ("M Mark Combining_Mark", [UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark]),
        ("Nd Decimal_Number digit", [UnicodeCategory.DecimalDigitNumber]),
        ("Nl Letter_Number", [UnicodeCategory.LetterNumber]),
        ("No Other_Number", [UnicodeCategory.OtherNumber]),
        ("N Number", [UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber]),
        ("Pc Connector_Punctuation", [UnicodeCategory.ConnectorPunctuation]),
        ("Pd Dash_Punctuation", [UnicodeCategory.DashPunctuation]),
        ("Ps Open_Punctuation", [UnicodeCategory.OpenPunctuation]),
        ("Pe Close_Punctuation", [UnicodeCategory.ClosePunctuation]),
        ("Pi Initial_Punctuation", [UnicodeCategory.InitialQuotePunctuation]),
        ("Pf Final_Punctuation", [UnicodeCategory.FinalQuotePunctuation]),
        ("Po Other_Punctuation", [UnicodeCategory.OtherPunctuation]),
        ("P Punctuation punct", [UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation, UnicodeCategory.ClosePunctuation, UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation]),
        ("Sm Math_Symbol", [UnicodeCategory.MathSymbol]),
        ("Sc Currency_Symbol", [UnicodeCategory.CurrencySymbol]),
        ("Sk Modifier_Symbol", [UnicodeCategory.ModifierSymbol]),
        ("So Other_Symbol", [UnicodeCategory.OtherSymbol]),
        ("S Symbol", [UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol]),
        ("Zs Space_Separator", [UnicodeCategory.SpaceSeparator]),
        ("Zl Line_Separator", [UnicodeCategory.LineSeparator]),
        ("Zp Paragraph_Separator", [UnicodeCategory.ParagraphSeparator]),
        ("Z Separator", [UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator]),
        ("Cc Control cntrl", [UnicodeCategory.Control]),
        ("Cf Format", [UnicodeCategory.Format]),
        ("Cs Surrogate", [UnicodeCategory.Surrogate]),
        ("Co Private_Use", [UnicodeCategory.PrivateUse]),
        ("Cn Unassigned", [UnicodeCategory.OtherNotAssigned]),
        ("C Other", [UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.Surrogate, UnicodeCategory.PrivateUse, UnicodeCategory.OtherNotAssigned]));

    private static readonly ConcurrentDictionary<string, CodePointSet> Found = new();

    /// <summary>Null for a property that is not known here, scripts among them. Not to be added to.</summary>
    public static CodePointSet? Find(string text)
    {
        if (Found.TryGetValue(text, out var found)) return found;
        return Make(text) is { } made ? Found.GetOrAdd(text, made) : null;
    }

    private static CodePointSet? Make(string text)
    {
        foreach (var prefix in new[] { "General_Category=", "gc=" })
            if (text.StartsWith(prefix, StringComparison.Ordinal)) return Names.TryGetValue(text[prefix.Length..], out var named) ? Of(named) : null;
        return text switch
        {
            "Any" => new CodePointSet().Add(0, 0x10FFFF),
            "ASCII" => new CodePointSet().Add(0, 0x7F),
            "ASCII_Hex_Digit" or "AHex" => new CodePointSet().Add('0', '9').Add('A', 'F').Add('a', 'f'),
            "Assigned" => Of([UnicodeCategory.OtherNotAssigned]).Inverted(),
            "White_Space" or "space" => new CodePointSet().Add(0x09, 0x0D).Add(0x85, 0x85).Add(Of(Names["Z"])),
            _ => Names.TryGetValue(text, out var categories) ? Of(categories) : null,
        };
    }

    private static CodePointSet Of(UnicodeCategory[] categories) => categories.Aggregate(new CodePointSet(), (set, c) => set.Add(Categories.Value[(int)c]));

    private static CodePointSet[] Read()
    {
        var sets = Enum.GetValues<UnicodeCategory>().Select(_ => new CodePointSet()).ToArray();
        var from = 0;
        for (var at = 1; at <= 0x110000; at++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(from);
            if (at <= 0x10FFFF && CharUnicodeInfo.GetUnicodeCategory(at) == category) continue;
            sets[(int)category].Add(from, at - 1);
            from = at;
        }
        return sets;
    }

    private static Dictionary<string, UnicodeCategory[]> Named(params (string Names, UnicodeCategory[] Categories)[] table) =>
        table.SelectMany(t => t.Names.Split(' ').Select(name => (name, t.Categories))).ToDictionary(t => t.name, t => t.Categories);
}
