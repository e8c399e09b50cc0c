using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects.Quotas;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Projects;

/// <summary>Brings a project's namespace and the rules in it to the cluster. Doing it again changes nothing.</summary>
public sealed class NamespaceProvisioner(
    IDbContextFactory<BabyhelmDbContext> contexts, KubernetesClient cluster, CurrentTemplates templates, IOptions<ProjectOptions> options, TimeProvider time)
{
    private const string EnforcedLevel = "pod-security.kubernetes.io/enforce";
    private const string Tightest = "restricted";

    /// <summary>
    /// <see cref="Conflict"/> for a namespace of that name that this project did not create: it is never adopted; and for a
    /// project that is being deleted, or gone: the caller may have read it before. <see cref="Unavailable"/> while an earlier
    /// namespace is still being removed.
    /// </summary>
    public async Task<Result<Done>> EnsureAsync(Guid projectId, string project, string ns, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await NamespaceLock.ShareAsync(db, projectId, cancellation);
        if (!await db.Set<Project>().AnyAsync(p => p.Id == projectId && p.State != ProjectState.Deleting, cancellation))
            return new Conflict("The project is being deleted.", "project-deleting");
        var (amounts, _) = await QuotaCommands.OfProjectAsync(db, projectId, cancellation);
        var brought = await BringAsync(db, projectId, project, ns, amounts, cancellation);
        if (brought.Ok(out var quota, out var error) && quota.Fingerprint is var applied)
            await db.Set<Project>().Where(p => p.Id == projectId && p.AppliedQuota != applied).ExecuteUpdateAsync(set => set.SetProperty(p => p.AppliedQuota, applied), cancellation);
        await transaction.CommitAsync(cancellation);
        return error is null ? Done.Result : error;
    }

    /// <summary>Whether the project's namespace is on the cluster, and the project's own: what is in one of somebody else is theirs.</summary>
    public async Task<Result<bool>> OwnsAsync(Guid projectId, string ns, CancellationToken cancellation)
    {
        var found = await cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, ns, cancellation);
        if (found.Error is KubernetesError { IsNotFound: true }) return false;
        return found.Map(n => IsOf(n, projectId));
    }

    internal static bool IsOf(Namespace found, Guid projectId) => found.Metadata.Annotation(Labels.ProjectId) == projectId.ToString();

    /// <summary>Answers the quota that the namespace has now: the given one, or what it had before the first.</summary>
    private async Task<Result<QuotaAmounts>> BringAsync(BabyhelmDbContext db, Guid projectId, string project, string ns, QuotaAmounts quota, CancellationToken cancellation)
    {
        if (templates.Builder.BuildNamespace(ContextOf(projectId, project, ns, quota)).Failed(out var error, out var set)) return error;

        var existing = await cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, ns, cancellation);
        if (existing.Error is KubernetesError { IsNotFound: true })
        {
            // Create, not apply: when another creates the same name in this moment, exactly one succeeds.
            var created = await cluster.CreateAsync(set.Manifests[0].Document, cancellation: cancellation);
            if (created.Error is KubernetesError { IsAlreadyExists: true })
                existing = await cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, ns, cancellation);
            else if (created.Error is not null) return created.Error;
        }
        if (existing.Error is not null and not KubernetesError { IsNotFound: true }) return existing.Error;
        if (existing.Error is null && Refusal(existing.Value, projectId) is { } refusal) return refusal;
        if (existing.Error is null)
        {
            if ((await QuotaTakeover.RunAsync(db, cluster, projectId, ns, quota, time, cancellation)).Failed(out error, out var own)) return error;
            if (own != quota && templates.Builder.BuildNamespace(ContextOf(projectId, project, ns, own)).Failed(out error, out set)) return error;
            quota = own;
        }

        foreach (var (identity, document) in set.Manifests)
        {
            // What an admin tightened there stays. Quotas are set in Babyhelm, which refuses by them what they would not take.
            var wanted = identity.Type == ResourceType.Namespaces && existing.Error is null ? KeepSecurity(document, existing.Value) : document;
            if ((await cluster.ApplyAsync(wanted, cancellation: cancellation)).Error is { } failed) return failed;
        }
        return quota;
    }

    /// <summary>What a project's namespace is rendered from.</summary>
    internal NamespaceContext ContextOf(Guid projectId, string project, string ns, QuotaAmounts quota) => new()
    {
        ProjectId = projectId.ToString(),
        ProjectName = project,
        Namespace = ns,
        Quota = quota.ToQuota(),
        GatewayNetworks = options.Value.GatewayNetworks,
    };

    /// <summary>The manifest with the enforced level that the namespace has, where that is the tighter one.</summary>
    private static JsonObject KeepSecurity(JsonObject manifest, Namespace found)
    {
        if (found.Metadata.Label(EnforcedLevel) != Tightest) return manifest;
        var kept = (JsonObject)manifest.DeepClone();
        kept["metadata"]!["labels"]![EnforcedLevel] = Tightest;
        return kept;
    }

    private static Error? Refusal(Namespace found, Guid projectId)
    {
        if (!IsOf(found, projectId))
            return new Conflict($"The cluster already has a namespace '{found.Metadata.Name}' that this project did not create. "
                + "Choose another project name, or remove that namespace.", "namespace-taken");
        if (found.Metadata.DeletionTimestamp is not null)
            return new Unavailable($"The namespace '{found.Metadata.Name}' of an earlier project is still being removed.");
        return null;
    }
}
