using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Applications;

/// <summary>An immutable, numbered snapshot of what was deployed; only its state moves on.</summary>
public sealed class Release
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ApplicationId { get; init; }

    /// <summary>From 1, without gaps, per application.</summary>
    public required int Number { get; init; }
    public ReleaseState State { get; set; } = ReleaseState.Pending;

    /// <summary>Without secret values.</summary>
    public required AppSpec Spec { get; init; }

    /// <summary>The spec's image. A column that the database makes: lists read no whole spec for it.</summary>
    public string Image { get; private init; } = "";

    /// <summary>Made to run nothing: no replicas, no autoscaler, a suspended schedule. The spec keeps its numbers.</summary>
    public bool Stopped { get; init; }

    /// <summary>The image is pulled for each new pod, though the node has one of that tag: the tag may have moved. Not where it goes by its digest.</summary>
    public bool PullsAlways { get; init; }

    /// <summary>How many replicas it was scaled to after it was deployed; null for as many as the spec says.</summary>
    public int? ScaledTo { get; set; }

    /// <summary>When a restart of its pods was asked for last.</summary>
    public DateTimeOffset? RestartedAt { get; set; }

    /// <summary>Its rollout is halted: no more pods are replaced.</summary>
    public bool Paused { get; set; }

    /// <summary>Counts what was asked of it after the deploy: scaling, restarts, pauses.</summary>
    public int Operation { get; set; }

    /// <summary>The <see cref="Operation"/> that the cluster has taken; a lower one is still to be applied.</summary>
    public int AppliedOperation { get; set; }

    /// <summary>Digest of the image that its pods ran, <c>sha256:…</c>; null while none is known.</summary>
    public string? Digest { get; set; }

    /// <summary><see cref="Application.Version"/> with this release.</summary>
    public int Version { get; init; }

    /// <summary>Names and values of secret environment variables, encrypted; null without any.</summary>
    public string? ProtectedSecrets { get; init; }

    /// <summary>A <see cref="ManifestSet"/> as JSON; secrets in it have names and no values.</summary>
    public required string Manifests { get; init; }

    /// <summary>Hash of the templates that the manifests were rendered from.</summary>
    public required string TemplateVersion { get; init; }

    /// <summary>Warnings of the API server while applying.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];

    /// <summary>Why the cluster has not taken its manifests yet; null once it has, and while nothing was tried.</summary>
    public ApplyHold? ApplyHold { get; set; }

    /// <summary>Why it failed; kept after the pods are gone.</summary>
    public Diagnosis? Diagnosis { get; set; }

    /// <summary>What the cluster said while it failed; null for others.</summary>
    public ReleaseEvidence? Evidence { get; set; }

    /// <summary>Number of the release that this one repeats; null for a deploy.</summary>
    public int? RollbackOf { get; init; }

    /// <summary>Why it was made, at most 500 characters; null where nobody said.</summary>
    public string? Message { get; init; }

    /// <summary>Null for a release that Babyhelm made by itself, and for one whose user is gone.</summary>
    public Guid? CreatedById { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a job took it up.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When the cluster had taken the last manifest.</summary>
    public DateTimeOffset? AppliedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>When the pods of a failed release were ended, because no release of the application ever ran; null for others.</summary>
    public DateTimeOffset? PodsEndedAt { get; set; }

    /// <summary>When it came to be live; kept when a newer one takes its place.</summary>
    public DateTimeOffset? LiveAt { get; set; }

    /// <summary>When what earlier releases left on the cluster was removed; live releases only.</summary>
    public DateTimeOffset? PrunedAt { get; set; }

    /// <summary>States of the release that the cluster is kept at; at most one release of an application has one of them.</summary>
    public static readonly IReadOnlyList<ReleaseState> InForce = [ReleaseState.Live, ReleaseState.Stopped];

    /// <summary>States in which a release still has a way to go.</summary>
    public static readonly IReadOnlyList<ReleaseState> Underway = [ReleaseState.Pending, ReleaseState.Applying, ReleaseState.RollingOut];
}

internal sealed class ReleaseConfiguration : IEntityTypeConfiguration<Release>
{
    public void Configure(EntityTypeBuilder<Release> builder)
    {
        builder.ToTable("releases");
        builder.Property(r => r.Spec).HasJson();
        builder.Property(r => r.Image).HasComputedColumnSql("spec ->> 'image'", stored: true);
        builder.Property(r => r.Manifests).HasColumnType("json"); // not jsonb: it would lose the order of the fields
        builder.Property(r => r.Digest).HasMaxLength(200);
        builder.Property(r => r.TemplateVersion).HasMaxLength(64);
        builder.Property(r => r.Warnings).HasJson();
        builder.Property(r => r.ApplyHold).HasJson();
        builder.Property(r => r.Diagnosis).HasJson();
        builder.Property(r => r.Evidence).HasJson();
        builder.Property(r => r.Message).HasMaxLength(500);
        builder.Property(r => r.CreatedBy).HasMaxLength(256);
        builder.HasIndex(r => new { r.ApplicationId, r.Number }).IsUnique();
        builder.HasIndex(r => r.State).HasFilter("state IN ('Pending', 'Applying', 'RollingOut')");
    }
}
