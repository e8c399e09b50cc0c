using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Web.Features.Administration;

namespace Babyhelm.Tests.Components;

/// <summary>What the page of a user allows and why not, before any command is asked.</summary>
public sealed class UserActionsTests
{
    [Fact]
    public void Nothing_that_would_leave_the_platform_without_an_admin()
    {
        var actions = Of(User() with { Role = PlatformRole.Admin }, lastAdmin: true);
        Assert.Equal(["lock", "demote", "password-reset"], actions.Where(a => a.WhyNot == UserActions.LastAdmin).Select(a => a.Id));
        Assert.DoesNotContain(Of(User() with { Role = PlatformRole.Admin }), a => a.WhyNot == UserActions.LastAdmin);
    }

    [Fact]
    public void What_is_done_already_is_not_offered_again()
    {
        Assert.Equal(["confirm", "two-factor-reset", "password-reset"], Of(User() with { EmailConfirmed = true, MustResetPassword = true }).Where(a => a.WhyNot is not null).Select(a => a.Id));
        Assert.Equal(["end-sessions", "revoke-tokens"], Of(User() with { TwoFactor = true }, sessions: 0, tokens: 0).Where(a => a.WhyNot is not null).Select(a => a.Id));
        Assert.Equal(["confirm"], Of(User() with { EmailConfirmed = true }, passkeys: 1).Where(a => a.WhyNot is not null).Select(a => a.Id)); // a passkey is a second factor
        Assert.Equal(["unlock", "promote"], Of(User() with { LockedAt = DateTimeOffset.UnixEpoch }).Take(2).Select(a => a.Id));
    }

    [Fact]
    public void Whatever_takes_something_away_asks_first_and_names_whom() => Assert.All(
        Of(User() with { TwoFactor = true }).Where(a => a.Id is not "confirm"), a => Assert.Contains("bob@example.com", a.Confirm, StringComparison.Ordinal));

    private static IReadOnlyList<UserAction> Of(UserView user, bool lastAdmin = false, int sessions = 1, int tokens = 1, int passkeys = 0) =>
        UserActions.Of(new UserDetail(user, [], true, [], lastAdmin, passkeys, sessions, tokens));

    private static UserView User() => new(
        Guid.NewGuid(), "bob@example.com", PlatformRole.User, false, false, false, false, null, null, DateTimeOffset.UnixEpoch, null, 0);
}
