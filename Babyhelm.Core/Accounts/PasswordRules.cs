using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// Refuses passwords that are guessed first (NIST SP 800-63B, 5.1.1.2: compare with commonly used and expected values):
/// one common word with digits around it, a run of the keyboard or the alphabet, the own address, the product's name.
/// </summary>
internal sealed partial class PasswordRules : IPasswordValidator<AppUser>
{
    private const string Code = "PasswordGuessable";

    // The stems of the most used passwords of public breach statistics; digits and signs around them add little.
    private static readonly HashSet<string> Common =
    [
        "password", "passwort", "passw", "pass", "welcome", "letmein", "admin", "administrator", "qwerty", "qwertyuiop", "qwertz", "azerty", "iloveyou",
        "monkey", "dragon", "football", "baseball", "basketball", "superman", "batman", "trustno", "sunshine", "princess", "shadow", "master", "michael",
        "jordan", "liverpool", "chelsea", "arsenal", "computer", "internet", "starwars", "whatever", "freedom", "secret", "changeme", "default", "test",
        "testing", "login", "root", "user", "guest", "summer", "winter", "spring", "autumn", "january", "december", "hello", "helloworld", "babyhelm",
        "kubernetes", "docker", "google", "facebook", "pokemon", "charlie", "jennifer", "hunter", "buster", "soccer", "hockey", "killer", "ashley", "access",
    ];

    private static readonly string[] Runs = ["abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv"];

    public Task<IdentityResult> ValidateAsync(UserManager<AppUser> manager, AppUser user, string? password)
    {
        var problem = Problem(password ?? "", user.Email);
        return Task.FromResult(problem is null ? IdentityResult.Success : IdentityResult.Failed(new IdentityError { Code = Code, Description = problem }));
    }

    internal static string? Problem(string password, string? email)
    {
        var plain = password.ToLowerInvariant();
        if (email?.Split('@')[0] is { Length: >= 4 } own && plain.Contains(own.ToLowerInvariant(), StringComparison.Ordinal)
            && plain.Length - own.Length < 6) return "The password is little more than your e-mail address. Choose another.";
        var stem = Plain(Around().Replace(plain, ""));
        if (Common.Contains(stem) || (stem.Length == 0 && plain.Length < 16 && plain.All(char.IsAscii)) || IsRepeated(plain)) return "This password is among those that are guessed first. A few random words are better.";
        var longest = LongestRun(plain);
        return longest >= 6 && plain.Length - longest < 6 ? "The password is little more than a run of the keyboard or the alphabet. Choose another." : null;
    }

    // Letters that are written as digits and signs, as everybody writes them.
    private static string Plain(string text) =>
        text.Replace('@', 'a').Replace('4', 'a').Replace('3', 'e').Replace('€', 'e').Replace('1', 'i').Replace('!', 'i').Replace('0', 'o').Replace('$', 's').Replace('5', 's').Replace('7', 't');

    private static bool IsRepeated(string text)
    {
        for (var part = 1; part <= text.Length / 2 && part <= 5; part++)
            if (text.Length % part == 0 && Enumerable.Range(part, text.Length - part).All(i => text[i] == text[i - part])) return true;
        return false;
    }

    private static int LongestRun(string text)
    {
        var longest = 0;
        foreach (var run in Runs)
            for (var start = 0; start < text.Length; start++)
                for (var length = longest + 1; start + length <= text.Length && run.Contains(text.AsSpan(start, length), StringComparison.Ordinal); length++)
                    longest = length;
        return longest;
    }

    [GeneratedRegex("^[^a-z]+|[^a-z]+$")]
    private static partial Regex Around();
}
