using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts;

/// <summary>A person who can sign in. The e-mail address is the user name.</summary>
public sealed class AppUser : IdentityUser<Guid>
{
    public PlatformRole Role { get; set; } = PlatformRole.User;
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>
    /// Since when an admin keeps the user out; null for one who may come in. Not the short lockout after wrong passwords
    /// (<see cref="IdentityUser{TKey}.LockoutEnd"/>): that one ends no session, or a stranger could end them.
    /// </summary>
    public DateTimeOffset? LockedAt { get; set; }

    /// <summary>An admin asks for a new password: the old one no longer signs in.</summary>
    public bool MustResetPassword { get; set; }

    /// <summary>An admin chose the password: it signs in, and then has to be changed before anything else.</summary>
    public bool MustChangePassword { get; set; }

    /// <summary>The newest step of the authenticator app whose code was used; see <see cref="Sessions.OneTimeCodes"/>.</summary>
    public long LastCodeStep { get; set; }

    public ThemePreference Theme { get; set; }

    /// <summary>IANA name, for example <c>Europe/Berlin</c>; null for the browser's own.</summary>
    public string? TimeZone { get; set; }
}

/// <summary>Admins manage users, cluster settings and templates, and see every project.</summary>
public enum PlatformRole { User, Admin }

public enum ThemePreference { System, Light, Dark }

internal sealed class AppUserConfiguration : IEntityTypeConfiguration<AppUser>
{
    public void Configure(EntityTypeBuilder<AppUser> builder)
    {
        builder.ToTable("users");
        builder.Property(u => u.Role).HasDefaultValue(PlatformRole.User).HasSentinel(PlatformRole.User);
        builder.Property(u => u.Theme).HasDefaultValue(ThemePreference.System).HasSentinel(ThemePreference.System);
        builder.Property(u => u.TimeZone).HasMaxLength(64);
        // What the list of users sorts by.
        builder.HasIndex(u => u.CreatedAt);
        builder.HasIndex(u => new { u.LastSignInAt, u.Id }); // and, made by the migration, one for the newest first with those who never did last
    }
}
