namespace Babyhelm.Core.Accounts;

/// <summary>How long passwords are. What else they must not be, <see cref="PasswordRules"/> says.</summary>
public static class Passwords
{
    /// <summary>Characters. Length beats rules about their kinds (NIST SP 800-63B, 5.1.1.2).</summary>
    public const int MinLength = 10;

    /// <summary>Characters. Longer ones cost hashing time and gain nothing.</summary>
    public const int MaxLength = 128;

    /// <summary>Whether it can be anybody's: nothing else is hashed.</summary>
    public static bool IsPossible(string? password) => password is { Length: > 0 and <= MaxLength };

    /// <summary>Why it can't be taken whatever it says; null when it can.</summary>
    internal static string? Problem(string? password) =>
        string.IsNullOrEmpty(password) ? "Choose a password." : password.Length > MaxLength ? $"Use at most {MaxLength} characters." : null;
}
