using Babyhelm.Core.Accounts;

namespace Babyhelm.Tests.Accounts;

public class PasswordRulesTests
{
    [Theory]
    [InlineData("password12")]
    [InlineData("P@ssw0rd2026")]
    [InlineData("Welcome2026!")]
    [InlineData("1234567890")]
    [InlineData("0987654321987")]
    [InlineData("qwertyuiop1")]
    [InlineData("abcdefghijkl")]
    [InlineData("abcabcabcabc")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("ada.lovelace1")]
    [InlineData("babyhelm2026")]
    public void What_is_guessed_first_is_refused(string password) => Assert.NotNull(PasswordRules.Problem(password, "ada.lovelace@example.com"));

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("four green turtles sing")]
    [InlineData("xK9#mQ2$vL7p")]
    [InlineData("password managers make this one")]
    [InlineData("мой длинный пароль")]
    public void What_is_not_is_taken(string password) => Assert.Null(PasswordRules.Problem(password, "ada.lovelace@example.com"));
}
