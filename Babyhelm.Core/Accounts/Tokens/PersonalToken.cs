using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>A personal access token: acts for its user within its scope. Kept as a hash; the text is shown once.</summary>
public sealed class PersonalToken
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid UserId { get; init; }
    public required string Name { get; init; }

    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Its first characters, to know it again by.</summary>
    public required string Start { get; init; }
    public required AccessScope Scope { get; init; }

    /// <summary>The one project it is for; null for all of the user's. Deleted with the project.</summary>
    public Guid? ProjectId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
}

internal sealed class PersonalTokenConfiguration : IEntityTypeConfiguration<PersonalToken>
{
    public void Configure(EntityTypeBuilder<PersonalToken> builder)
    {
        builder.ToTable("personal_tokens");
        builder.Property(t => t.Name).HasMaxLength(64);
        builder.Property(t => t.Start).HasMaxLength(16);
        builder.HasIndex(t => t.Hash).IsUnique();
        builder.HasIndex(t => t.ProjectId);
        builder.HasIndex(t => new { t.UserId, t.Name }).IsUnique();
        builder.HasOne<AppUser>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
