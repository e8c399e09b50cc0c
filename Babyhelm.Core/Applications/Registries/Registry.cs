using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Applications.Registries;

/// <summary>Credentials with which a project's applications pull images of one host.</summary>
public sealed class Registry
{
    public const int MaxUserName = 255;

    /// <summary>In characters; keys of cloud accounts are JSON of some thousand.</summary>
    public const int MaxPassword = 16 * 1024;

    /// <summary>Most of one project.</summary>
    public const int MaxCount = 50;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>A <see cref="Slug"/>, unique in the project.</summary>
    public required string Name { get; init; }

    /// <summary>As images name it, with a port where there is one: <c>docker.io</c>, <c>ghcr.io</c>, <c>registry.example.com:5000</c>.</summary>
    public required string Host { get; set; }
    public required string UserName { get; set; }

    /// <summary>Encrypted; never answered.</summary>
    public required string ProtectedPassword { get; set; }

    /// <summary>When the credentials were tested last.</summary>
    public DateTimeOffset CheckedAt { get; set; }

    /// <summary>Why the last test said nothing or no; null where the registry took the credentials.</summary>
    public string? Notice { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The host as images name it, or an <see cref="Invalid"/> on <c>host</c>. A scheme and a slash at the end are forgiven.</summary>
    public static Result<string> ReadHost(string? text)
    {
        var host = (text ?? "").Trim();
        foreach (var scheme in new[] { "https://", "http://" })
            if (host.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) host = host[scheme.Length..];
        host = host.TrimEnd('/');
        if (host.Length == 0) return new Invalid("host", "Give the host of the registry, for example ghcr.io.");
        if (host is "index.docker.io" or "registry-1.docker.io" or "hub.docker.com" or "index.docker.io/v1") host = ImageReference.DefaultRegistry;
        return host.Length <= 253 && Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var root) && root.Host.Split('.').All(label => label.Length <= 63) && ImageReference.Parse($"{host}/image") is { Error: null } image && image.Value.Registry == host
            ? host
            : new Invalid("host", "Use the host as images name it, without a path: ghcr.io, docker.io, registry.example.com:5000.");
    }

    internal sealed class Configuration : IEntityTypeConfiguration<Registry>
    {
        public void Configure(EntityTypeBuilder<Registry> builder)
        {
            builder.ToTable("registries");
            builder.Property(r => r.Name).HasMaxLength(Slug.MaxLength);
            builder.Property(r => r.Host).HasMaxLength(253);
            builder.Property(r => r.UserName).HasMaxLength(MaxUserName);
            builder.Property(r => r.Notice).HasMaxLength(500);
            builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(r => new { r.ProjectId, r.Name }).IsUnique();
        }
    }
}
