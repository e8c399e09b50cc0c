namespace Babyhelm.Core.Accounts.Guessing;

/// <summary>
/// How soon a password is guessed by who tries what people choose: common words, runs of the keyboard, years, repetitions, and
/// what is put around them. The cheapest way to put it together from such parts counts; each part costs about the decimal
/// logarithm of the tries that it takes. An estimate: it does not know how often each password is used.
/// </summary>
internal static class PasswordGuess
{
    /// <summary>Below this it takes fewer than ten million tries.</summary>
    public const double Enough = 7;

    private const double Word = 3, Own = 1, Run = 1.5, Again = 0.5, Year = 2, Digit = 1, Sign = 1, Letter = 1.4, Other = 2;
    private const int ShortestRun = 3;

    private static readonly string[] Runs = WithReverse(
        "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl;", "zxcvbnm,./", "yxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "a1s2d3f4g5h6j7k8l9", "1a2s3d4f5g6h7j8k9l",
        "a1b2c3d4e5f6g7h8i9", "1a2b3c4d5e6f7g8h9i", "zaq1xsw2cde3vfr4", "qweasdzxc", "qwaszx", "789456123", "147258369", "147852369", "159753", "741852963",
        "112233445566778899", "1020304050607080", "13579246810", "2468013579", "1234554321", "123321", "qwertytrewq", "asdfdsasdf", "102938475610293847",
        "31415926535897932384", "4815162342", "!@#$%^&*()");

    /// <param name="own">Words that everybody tries with this person: parts of the address.</param>
    public static double Cost(string password, IReadOnlyCollection<string> own)
    {
        var text = password.ToLowerInvariant();
        var plain = Plain(text);
        var best = new double[text.Length + 1];
        for (var end = 1; end <= text.Length; end++)
        {
            best[end] = double.MaxValue;
            for (var start = 0; start < end; start++) best[end] = Math.Min(best[end], best[start] + PartCost(text, plain, start, end, own));
        }
        return best[^1];
    }

    private static double PartCost(string text, string plain, int start, int end, IReadOnlyCollection<string> own)
    {
        var (length, cost) = (end - start, double.MaxValue);
        var part = text.AsSpan(start, length);
        if (length == 1) return CharCost(part[0]);
        if (length <= start && text.AsSpan(start - length, length).SequenceEqual(part)) return Again;
        if (length >= ShortestRun && IsRun(text, start, end)) return Run;
        if (length is >= 3 and <= 64 && own.Contains(text[start..end])) return Own;
        if (length is >= 3 && length <= CommonWords.Longest && (CommonWords.All.Contains(text[start..end]) || CommonWords.All.Contains(plain[start..end]))) return Word;
        if (length == 4 && (part.StartsWith("19") || part.StartsWith("20")) && char.IsAsciiDigit(part[2]) && char.IsAsciiDigit(part[3])) return Year;
        return cost;
    }

    private static double CharCost(char c) => char.IsAsciiDigit(c) ? Digit : char.IsAsciiLetterLower(c) ? Letter : char.IsAscii(c) ? Sign : Other;

    private static bool IsRun(string text, int start, int end)
    {
        var part = text.AsSpan(start, end - start);
        foreach (var run in Runs)
            if (run.AsSpan().Contains(part, StringComparison.Ordinal)) return true;
        return false;
    }

    // Letters that are written as digits and signs, as everybody writes them.
    private static string Plain(string text) => string.Create(text.Length, text, static (plain, text) =>
    {
        for (var i = 0; i < text.Length; i++)
            plain[i] = text[i] switch { '@' or '4' => 'a', '3' or '€' => 'e', '1' or '!' => 'i', '0' => 'o', '$' or '5' => 's', '7' => 't', var c => c };
    });

    private static string[] WithReverse(params string[] runs) => [.. runs, .. runs.Select(r => new string([.. r.Reverse()]))];
}
