using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts.Sessions;

public enum SessionKind { Browser, Api }

/// <summary>One sign-in of a user, in a browser or over the API. Cookies and tokens work only while it lasts.</summary>
public sealed class UserSession
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid UserId { get; init; }
    public required SessionKind Kind { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset LastSeenAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Whether a second factor was shown in it: a code or a passkey, at the sign-in or when it was set up.</summary>
    public bool SecondFactor { get; init; }

    /// <summary>IP address it began from.</summary>
    public string? Address { get; init; }

    /// <summary>What the client calls itself, at most 256 characters.</summary>
    public string? Agent { get; init; }
}

internal sealed class UserSessionConfiguration : IEntityTypeConfiguration<UserSession>
{
    public void Configure(EntityTypeBuilder<UserSession> builder)
    {
        builder.ToTable("user_sessions");
        builder.Property(s => s.Address).HasMaxLength(64);
        builder.Property(s => s.Agent).HasMaxLength(256);
        builder.HasOne<AppUser>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(s => s.UserId);
        builder.HasIndex(s => s.ExpiresAt);
    }
}
