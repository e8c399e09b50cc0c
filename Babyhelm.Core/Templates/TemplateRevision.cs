using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Templates;

/// <summary>One change of one template. The newest of a name holds; none is changed or deleted.</summary>
public sealed class TemplateRevision
{
    /// <summary>Longest source, in characters; the built-in ones have up to about 3,000.</summary>
    public const int MaxSource = 64 * 1024;
    public const int MaxMessage = 500;

    /// <summary>Counts the changes of all templates.</summary>
    public int Number { get; init; }

    /// <summary>Of a built-in template, for example <c>deployment</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Null for the built-in one.</summary>
    public string? Source { get; init; }

    /// <summary>Why, in the words of who changed it.</summary>
    public string? Message { get; init; }

    /// <summary>Version of all templates together from this change on, as releases have it.</summary>
    public required string Version { get; init; }

    public Guid? ById { get; init; }
    public required string By { get; init; }
    public DateTimeOffset At { get; init; }

    internal sealed class Configuration : IEntityTypeConfiguration<TemplateRevision>
    {
        public void Configure(EntityTypeBuilder<TemplateRevision> builder)
        {
            builder.ToTable("template_revisions");
            builder.HasKey(r => r.Number);
            builder.Property(r => r.Name).HasMaxLength(64);
            builder.Property(r => r.Source).HasMaxLength(MaxSource);
            builder.Property(r => r.Message).HasMaxLength(MaxMessage);
            builder.Property(r => r.Version).HasMaxLength(64);
            builder.Property(r => r.By).HasMaxLength(256);
            builder.HasIndex(r => new { r.Name, r.Number });
            builder.HasIndex(r => r.Version);
        }
    }
}
