using System.Net.Mail;

namespace Babyhelm.Core.Accounts;

/// <summary>What is taken for an e-mail address.</summary>
public static class EmailAddress
{
    public const int MaxLength = 254;

    /// <summary>What is wrong with it, or null for a good one.</summary>
    public static string? Problem(string? email) =>
        string.IsNullOrWhiteSpace(email) ? "Give an e-mail address."
        : email.Length > MaxLength || !MailAddress.TryCreate(email, out var parsed) || parsed.Address != email || !email.All(IsPlain)
            ? "This is not an e-mail address." : null;

    /// <summary>As Identity normalizes it, for comparing.</summary>
    public static string Normalize(string email) => email.Normalize().ToUpperInvariant();

    // Also no space, quote or comma: legal in odd addresses, and nothing but trouble in headers and lists.
    private static bool IsPlain(char c) => !char.IsControl(c) && !char.IsWhiteSpace(c) && c is not ('"' or ',' or ';' or '<' or '>' or '\\');
}
