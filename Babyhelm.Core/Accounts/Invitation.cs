using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// Lets the owner of a mailbox make an account, and proves that the address is theirs. One per address; the text of the
/// link is only in the mail.
/// </summary>
public sealed class Invitation
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Email { get; init; }

    /// <summary>As Identity normalizes addresses; unique.</summary>
    public required string NormalizedEmail { get; init; }

    /// <summary>SHA-256 of the link's token.</summary>
    public required byte[] TokenHash { get; set; }
    public PlatformRole Role { get; set; } = PlatformRole.User;

    /// <summary>From a platform admin: good even while registration is closed.</summary>
    public bool ByAdmin { get; set; }

    /// <summary>The admin; an invitation is worth nothing once that admin is none any more.</summary>
    public Guid? InvitedById { get; set; }
    public required string InvitedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Invitation>
    {
        public void Configure(EntityTypeBuilder<Invitation> builder)
        {
            builder.ToTable("invitations");
            builder.Property(i => i.Email).HasMaxLength(256);
            builder.Property(i => i.NormalizedEmail).HasMaxLength(256);
            builder.Property(i => i.InvitedBy).HasMaxLength(256);
            builder.Property(i => i.Role).HasDefaultValue(PlatformRole.User).HasSentinel(PlatformRole.User);
            builder.HasIndex(i => i.NormalizedEmail).IsUnique();
            builder.HasIndex(i => i.TokenHash).IsUnique();
        }
    }
}
