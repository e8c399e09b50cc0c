using Babyhelm.Core.Accounts.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>A refresh token of an API session, as its hash. Used ones stay as long as the session: a second use tells of a theft.</summary>
internal sealed class RefreshToken
{
    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Hash { get; init; }
    public required Guid SessionId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class RefreshTokenConfiguration : IEntityTypeConfiguration<RefreshToken>
{
    public void Configure(EntityTypeBuilder<RefreshToken> builder)
    {
        builder.ToTable("refresh_tokens");
        builder.HasKey(t => t.Hash);
        builder.HasOne<UserSession>().WithMany().HasForeignKey(t => t.SessionId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(t => t.SessionId);
    }
}
