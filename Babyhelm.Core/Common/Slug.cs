using System.Text;

namespace Babyhelm.Core.Common;

/// <summary>
/// Names of projects and applications: 2 to 30 lower-case letters, digits and single inner dashes, starting with a
/// letter. They become DNS labels (RFC 1035: at most 63 characters), alone and joined as <c>{app}-{project}</c>.
/// </summary>
public static class Slug
{
    public const int MinLength = 2;
    public const int MaxLength = 30;

    /// <summary>The first broken rule in plain words, or null for a good name.</summary>
    public static string? Problem(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "Give a name.";
        if (name.Length < MinLength) return $"Use at least {MinLength} characters.";
        if (name.Length > MaxLength) return $"Use at most {MaxLength} characters; this has {name.Length}.";
        if (name[0] is < 'a' or > 'z') return "Start with a lower-case letter (a to z).";
        foreach (var c in name)
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
                return $"Use lower-case letters, digits and dashes only; '{Printable(c)}' is not one.";
        if (name[^1] == '-') return "End with a letter or a digit.";
        if (name.Contains("--", StringComparison.Ordinal)) return "Use single dashes only.";
        return null;
    }

    /// <summary>A good name made from any text, or null when nothing usable is in it.</summary>
    public static string? Propose(string? text)
    {
        var slug = new StringBuilder();
        foreach (var c in (text ?? "").ToLowerInvariant())
        {
            if (slug.Length == MaxLength) break;
            if (c is (>= 'a' and <= 'z') || (c is >= '0' and <= '9' && slug.Length > 0)) slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }
        var name = slug.ToString().TrimEnd('-');
        return Problem(name) is null ? name : null;
    }

    private static string Printable(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : c.ToString();
}
