using Babyhelm.Core.Accounts.Guessing;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// Refuses passwords that are guessed first (NIST SP 800-63B, 5.1.1.2: compare with commonly used and expected values), whatever
/// kinds of characters they have.
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<AppUser>
{
    private const string Code = "PasswordGuessable";
    private const string Guessed = "This password is among those that are guessed first. A few random words are better.";

    // Dates and telephone numbers: long, and few.
    private const int LongestNumber = 16;

    public Task<IdentityResult> ValidateAsync(UserManager<AppUser> manager, AppUser user, string? password)
    {
        var problem = Problem(password ?? "", user.Email);
        return Task.FromResult(problem is null ? IdentityResult.Success : IdentityResult.Failed(new IdentityError { Code = Code, Description = problem }));
    }

    internal static string? Problem(string password, string? email)
    {
        // Longer than its parts could be cheap: nothing is gained by looking.
        if (password.Length > Passwords.MaxLength) return null;
        if (password.Length < LongestNumber && password.All(c => char.IsAsciiDigit(c) || " -./+()".Contains(c, StringComparison.Ordinal)))
            return "A number alone is guessed soon. A few random words are better.";
        if (MostUsedPasswords.Contains(password)) return Guessed;
        var own = OwnWords(email);
        if (PasswordGuess.Cost(password, own) >= PasswordGuess.Enough) return null;
        return own.Any(word => password.Contains(word, StringComparison.OrdinalIgnoreCase))
            ? "The password is little more than your e-mail address. Choose another."
            : Guessed;
    }

    private static HashSet<string> OwnWords(string? email)
    {
        if (email?.ToLowerInvariant().Split('@') is not [var name, .. var domain]) return [];
        string[] words = [name, .. name.Split('.', '-', '_', '+'), .. domain.Take(1).SelectMany(d => d.Split('.').SkipLast(1))];
        return [.. words.Where(w => w.Length >= 4)];
    }
}
