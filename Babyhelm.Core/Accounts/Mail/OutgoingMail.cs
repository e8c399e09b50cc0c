using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts.Mail;

/// <summary>A mail to be sent. Without SMTP it stays here, where a platform admin can read it.</summary>
public sealed class OutgoingMail
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string To { get; init; }
    public required string Subject { get; init; }

    /// <summary>Plain text, encrypted with Data Protection: it may hold a link that resets a password. Null once it is sent.</summary>
    public string? ProtectedText { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? SentAt { get; set; }
    public int Attempts { get; set; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Problem { get; set; }
}

internal sealed class OutgoingMailConfiguration : IEntityTypeConfiguration<OutgoingMail>
{
    public void Configure(EntityTypeBuilder<OutgoingMail> builder)
    {
        builder.ToTable("outgoing_mails");
        builder.Property(m => m.To).HasMaxLength(256);
        builder.Property(m => m.Subject).HasMaxLength(256);
        builder.HasIndex(m => m.SentAt);
    }
}
