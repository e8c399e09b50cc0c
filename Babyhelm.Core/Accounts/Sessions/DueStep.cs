using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>What somebody who has signed in has to do before anything else.</summary>
public enum DueStep
{
    None,

    /// <summary>An admin chose the password: the user chooses another.</summary>
    NewPassword,

    /// <summary>The platform's settings ask for a second factor and the user has none: one is set up.</summary>
    SecondFactor,
}

/// <summary>A session that lasts, as it and its user stand now.</summary>
public sealed record SessionStanding(Guid UserId, string Email, PlatformRole Role, DueStep Due);

/// <summary>What decides over sessions and tokens of a user, in one row of a query.</summary>
internal sealed record UserStanding
{
    public required Guid Id { get; init; }
    public required string Email { get; init; }
    public required PlatformRole Role { get; init; }
    public required bool Locked { get; init; }
    public required bool MustResetPassword { get; init; }
    public required bool MustChangePassword { get; init; }

    /// <summary>Whether the settings ask this user for a second factor.</summary>
    public required bool Asked { get; init; }

    /// <summary>Whether the sign-in asks for a code.</summary>
    public required bool TwoFactor { get; init; }
    public required bool Passkey { get; init; }

    public bool HasSecondFactor => TwoFactor || Passkey;

    /// <param name="shown">Whether a second factor was shown; for a personal token whether its user has one.</param>
    public DueStep Due(bool shown) => MustChangePassword ? DueStep.NewPassword : Asked && !shown ? DueStep.SecondFactor : DueStep.None;

    public static IQueryable<UserStanding> Of(BabyhelmDbContext db) => db.Users.Select(u => new UserStanding
    {
        Id = u.Id,
        Email = u.Email!,
        Role = u.Role,
        Locked = u.LockedAt != null,
        MustResetPassword = u.MustResetPassword,
        MustChangePassword = u.MustChangePassword,
        Asked = db.Set<PlatformSettings>().Any(s => s.SecondFactor == SecondFactorRule.Everyone || (s.SecondFactor == SecondFactorRule.Admins && u.Role == PlatformRole.Admin)),
        TwoFactor = u.TwoFactorEnabled,
        Passkey = db.Set<IdentityUserPasskey<Guid>>().Any(p => p.UserId == u.Id),
    });
}
