using System.Security.Cryptography;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Projects;

/// <summary>
/// Name of a namespace that a deleted project had. It is never given away again: metrics and logs that are kept elsewhere know
/// their owner by this name alone, and would show a stranger what ran there before.
/// </summary>
public sealed class ReleasedNamespace
{
    /// <summary>Letters and digits that are hard to mix up.</summary>
    private const string Alphabet = "bcdfghjkmnpqrstvwxz2456789";
    private const int Longest = 63;
    private const int SuffixLength = 5;

    public required string Name { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// The name for a project that was just inserted with <paramref name="name"/>, in the same transaction: whoever deletes an
    /// earlier one of that name has committed by then.
    /// </summary>
    internal static async Task<string> UnusedAsync(BabyhelmDbContext db, string name, CancellationToken cancellation)
    {
        var unused = name;
        while (await db.Set<ReleasedNamespace>().AnyAsync(r => r.Name == unused, cancellation))
            unused = $"{name[..Math.Min(name.Length, Longest - SuffixLength - 1)].TrimEnd('-')}-{RandomNumberGenerator.GetString(Alphabet, SuffixLength)}";
        return unused;
    }
}

internal sealed class ReleasedNamespaceConfiguration : IEntityTypeConfiguration<ReleasedNamespace>
{
    public void Configure(EntityTypeBuilder<ReleasedNamespace> builder)
    {
        builder.ToTable("released_namespaces");
        builder.HasKey(r => r.Name);
        builder.Property(r => r.Name).HasMaxLength(63);
    }
}
