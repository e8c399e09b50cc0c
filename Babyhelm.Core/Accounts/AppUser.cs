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
}

/// <summary>Admins manage users, cluster settings and templates, and see every project.</summary>
public enum PlatformRole { User, Admin }

internal sealed class AppUserConfiguration : IEntityTypeConfiguration<AppUser>
{
    public void Configure(EntityTypeBuilder<AppUser> builder)
    {
        builder.ToTable("users");
        builder.Property(u => u.Role).HasDefaultValue(PlatformRole.User).HasSentinel(PlatformRole.User);
    }
}
