using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Projects;

/// <summary>Asks the owner of an address, registered or not, into a project. Who has that address, confirmed, may accept it.</summary>
public sealed class ProjectInvitation
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public required Guid ProjectId { get; init; }
    public required string Email { get; init; }

    /// <summary>As Identity normalizes addresses; unique in the project.</summary>
    public required string NormalizedEmail { get; init; }
    public required ProjectRole Role { get; set; }
    public required string InvitedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<ProjectInvitation>
    {
        public void Configure(EntityTypeBuilder<ProjectInvitation> builder)
        {
            builder.ToTable("project_invitations");
            builder.HasKey(i => new { i.ProjectId, i.NormalizedEmail });
            builder.Property(i => i.Email).HasMaxLength(256);
            builder.Property(i => i.NormalizedEmail).HasMaxLength(256);
            builder.Property(i => i.InvitedBy).HasMaxLength(256);
            builder.HasOne<Project>().WithMany().HasForeignKey(i => i.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(i => i.NormalizedEmail);
        }
    }
}
