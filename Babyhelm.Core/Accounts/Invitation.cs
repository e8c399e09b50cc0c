using Babyhelm.Core.Accounts.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// Lets the owner of a mailbox make an account, and proves that the address is theirs. An address has at most two: one from
/// platform admins and one from owners of projects, each with a link of its own, so that neither touches the other's. The text
/// of the link is only in the mail.
/// </summary>
public sealed class Invitation
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Email { get; init; }

    /// <summary>As Identity normalizes addresses; unique with <see cref="ByAdmin"/>.</summary>
    public required string NormalizedEmail { get; init; }

    /// <summary>SHA-256 of the link's token.</summary>
    public required byte[] TokenHash { get; set; }
    public PlatformRole Role { get; set; } = PlatformRole.User;

    /// <summary>From a platform admin: good even while registration is closed.</summary>
    public required bool ByAdmin { get; init; }

    /// <summary>The admin who invited last; an invitation is worth nothing once that admin is none any more.</summary>
    public Guid? InvitedById { get; set; }

    /// <summary>Who invited last.</summary>
    public required string InvitedBy { get; set; }

    /// <summary>The mail that holds the link; null once it is gone.</summary>
    public Guid? MailId { get; set; }
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
            builder.HasIndex(i => new { i.NormalizedEmail, i.ByAdmin }).IsUnique();
            builder.HasOne<OutgoingMail>().WithMany().HasForeignKey(i => i.MailId).OnDelete(DeleteBehavior.SetNull);
            builder.HasIndex(i => i.TokenHash).IsUnique();
        }
    }
}
