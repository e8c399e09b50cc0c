using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Guessing;

namespace Babyhelm.Tests.Accounts;

public class PasswordRulesTests
{
    private const string Email = "ada.lovelace@analytical.example.com";

    [Theory]
    [InlineData("password12")]
    [InlineData("P@ssw0rd2026")]
    [InlineData("Welcome2026!")]
    [InlineData("Passw0rd!!")]
    [InlineData("1234567890")]
    [InlineData("0987654321987")]
    [InlineData("24.12.1987")]
    [InlineData("+49 170 1234567")]
    [InlineData("qwertyuiop1")]
    [InlineData("1q2w3e4r5t6y")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("qazwsxedc123")]
    [InlineData("123456qwerty")]
    [InlineData("asdfgh123456")]
    [InlineData("123123qweqwe")]
    [InlineData("abcdefghijkl")]
    [InlineData("abcabcabcabc")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("dashadasha1")]
    [InlineData("administrator")]
    [InlineData("Administrator1!")]
    [InlineData("basketball23")]
    [InlineData("christopher1")]
    [InlineData("alexandra1994")]
    [InlineData("iloveyou1234")]
    [InlineData("ilovejesus7")]
    [InlineData("blackdragon")]
    [InlineData("liverpool2005")]
    [InlineData("harrypotter7")]
    [InlineData("counterstrike")]
    [InlineData("fuckyou12345")]
    [InlineData("ghbdtngfhjkm")]
    [InlineData("motdepasse1")]
    [InlineData("kubernetes2026")]
    [InlineData("ada.lovelace1")]
    [InlineData("lovelace2026")]
    [InlineData("Analytical!1")]
    [InlineData("babyhelm2026")]
    [InlineData("Usuckballz1")]
    [InlineData("q1w2e3r4t5")]
    [InlineData("Q1W2E3R4T5")]
    [InlineData("soccer1234")]
    [InlineData("tigerwoods")]
    public void What_is_guessed_first_is_refused(string password) => Assert.NotNull(PasswordRules.Problem(password, Email));

    [Fact]
    public void The_most_used_ones_are_3000_and_more_and_can_be_searched()
    {
        var hashes = MostUsedPasswords.Hashes;
        Assert.InRange(hashes.Length, 3000, 5000);
        Assert.Equal(hashes.Order().Distinct(), hashes);
        Assert.True(MostUsedPasswords.Contains("TigerWoods"));
        Assert.False(MostUsedPasswords.Contains("tigerwood"));
        Assert.False(MostUsedPasswords.Contains(""));
    }

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("four green turtles sing")]
    [InlineData("xK9#mQ2$vL7p")]
    [InlineData("zu9tohb3ei")]
    [InlineData("password managers make this one")]
    [InlineData("мой длинный пароль")]
    [InlineData("%&/=?*#§$<>;:")]
    [InlineData("83620194750382716495")]
    public void What_is_not_is_taken(string password) => Assert.Null(PasswordRules.Problem(password, Email));

    /// <summary>
    /// No list of the most used passwords is part of this: each stem with what is most often put around it stands for one. It is
    /// far more than 3,000 of the length that is asked for, and all are refused.
    /// </summary>
    [Fact]
    public void Every_common_word_with_what_people_put_around_it_is_refused()
    {
        var made = CommonWords.All.Where(w => w.All(char.IsAsciiLetterLower)).SelectMany(w => new[]
        {
            w, $"{w}1", $"{w}12", $"{w}123", $"{w}1234", $"{w}12345", $"{w}123456", $"123{w}", $"{w}!", $"{w}1!", $"{w}123!", $"{w}2025", $"{w}2026!", $"{w}1990", $"{w}{w}", $"{w}{w}1",
            $"{char.ToUpperInvariant(w[0])}{w[1..]}123", $"{char.ToUpperInvariant(w[0])}{w[1..]}2026!", w.Replace('a', '@').Replace('o', '0').Replace('e', '3') + "123", $"{w}007", $"{w}69", $"{w}qwerty",
        }).Where(p => p.Length >= Passwords.MinLength).Distinct().ToList();
        Assert.True(made.Count > 10_000, $"{made.Count}");
        Assert.Empty(made.Where(p => PasswordRules.Problem(p, Email) is null).Order());
    }

    [Fact]
    public void The_longest_password_is_judged_soon()
    {
        // Each part of it is looked at: bounded by the length, not by what it says.
        var longest = string.Concat(Enumerable.Repeat("abcdefgh", Passwords.MaxLength / 8));
        Assert.NotNull(PasswordRules.Problem(longest, Email));
        Assert.Null(PasswordRules.Problem(longest + "x", Email)); // too long is said elsewhere
    }
}
