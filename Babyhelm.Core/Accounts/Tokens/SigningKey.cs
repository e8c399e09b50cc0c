using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>A key that signs access tokens (ES256: ECDSA on P-256).</summary>
internal sealed class SigningKey
{
    /// <summary>The <c>kid</c> of its tokens.</summary>
    public required string Id { get; init; }

    /// <summary>PKCS #8, encrypted with Data Protection.</summary>
    public required string ProtectedPrivateKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> builder)
    {
        builder.ToTable("signing_keys");
        builder.Property(k => k.Id).HasMaxLength(64);
    }
}
