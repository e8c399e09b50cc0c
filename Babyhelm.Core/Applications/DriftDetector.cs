using System.Text.Json.Nodes;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <param name="Fresh">The whole spec as the release makes it; null for kinds whose added fields are left alone.</param>
/// <param name="Scaled">Somebody else decides its number of replicas.</param>
internal sealed record Difference(ManifestIdentity Identity, DriftedObject Report, JsonNode? Fresh, bool Scaled);

/// <summary>
/// Compares the cluster with a release. What should be there is asked of the API server by dry runs, so that its
/// defaults, normal forms and webhooks count on both sides.
/// </summary>
internal sealed class DriftDetector(KubernetesClient cluster, ReleaseSecrets secrets)
{
    private const int MaxAttempts = 5;

    /// <summary>Kinds in which a field that somebody added changes how the application runs.</summary>
    private static readonly ResourceType[] Replaced = [ResourceType.Deployments, ResourceType.CronJobs, ResourceType.HorizontalPodAutoscalers];

    /// <summary>Empty when everything is as applied. An error when the cluster could not be asked.</summary>
    public async Task<Result<IReadOnlyList<Difference>>> FindAsync(Release release, CancellationToken cancellation)
    {
        if ((await secrets.FillAsync(release, cancellation)).Failed(out var error, out var set)) return error;
        var (mask, found) = (SecretMask.Of(set), new List<Difference>());
        foreach (var manifest in set.Manifests)
        {
            var compared = await CompareAsync(manifest, cancellation);
            if (compared.Failed(out error, out var differences)) return mask.In(error);
            found.AddRange(differences.Select(d => d with { Report = Hide(d.Report, release.Spec) with { Problem = d.Report.Problem is { } problem ? mask.In(problem) : null } }));
        }
        return found;
    }

    /// <summary>
    /// Looks until the object stayed the same from before the comparison to after it: what is written in between, by its
    /// controller for example, would be taken for a difference.
    /// </summary>
    private async Task<Result<IReadOnlyList<Difference>>> CompareAsync(Manifest manifest, CancellationToken cancellation)
    {
        var (type, ns, name) = manifest.Identity;
        var live = await cluster.GetAsync(type, ns, name, cancellation);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var compared = live.Ok(out var found, out var error) ? await CompareAsync(manifest, found, cancellation) : error switch
            {
                KubernetesError { IsNotFound: true } => Of(manifest, [], missing: true),
                KubernetesError { IsNotServed: true } => Array.Empty<Difference>(),
                _ => error,
            };
            if (compared.Error is not null) return compared;
            var again = await cluster.GetAsync(type, ns, name, cancellation);
            if (Version(live) == Version(again)) return compared;
            live = again;
        }
        return new Unavailable($"{manifest.Identity} changes all the time.", "object-busy");
    }

    private async Task<Result<IReadOnlyList<Difference>>> CompareAsync(Manifest manifest, JsonObject live, CancellationToken cancellation)
    {
        manifest = VolumeSizes.Fit(manifest, live);
        var wanted = live;
        var dryRun = await cluster.ApplyAsync(manifest.Document, dryRun: true, cancellation: cancellation);
        if (dryRun.Ok(out var applied, out var error)) wanted = applied.Object;
        // What somebody added can make the apply invalid: a second kind of health check, for example. The repair replaces the spec then.
        else if (error is not KubernetesError { IsInvalid: true } || manifest.Identity.Type != ResourceType.Deployments) return Refused(manifest, error);
        JsonNode? fresh = null;
        if (Replaced.Contains(manifest.Identity.Type))
        {
            if ((await FreshSpecAsync(manifest.Document, wanted, cancellation)).Failed(out error, out fresh)) return Refused(manifest, error);
            wanted = (JsonObject)wanted.DeepClone();
            wanted["spec"] = fresh.DeepClone();
        }
        var fields = ObjectDiff.Between(wanted, live);
        return fields.Count == 0 ? Array.Empty<Difference>() : Of(manifest, fields, fresh);
    }

    private static Result<IReadOnlyList<Difference>> Refused(Manifest manifest, Error error) =>
        error is KubernetesError { IsInvalid: true } refused ? Of(manifest, [], problem: refused.Message) : error;

    /// <summary>What somebody sets by hand over a secret variable is taken for a secret too.</summary>
    private static DriftedObject Hide(DriftedObject report, AppSpec spec)
    {
        var secret = spec.Env.Where(e => e.Secret).Select(e => $".env[{e.Name}]").ToList();
        return secret.Count == 0 ? report : report with
        {
            Fields = [.. report.Fields.Select(f => secret.Any(s => f.Path.Contains(s, StringComparison.Ordinal)) ? ObjectDiff.Hide(f) : f)],
        };
    }

    /// <summary>Identifies a state of an object; the error's code where there is none.</summary>
    private static string Version(Result<JsonObject> read) =>
        read.Ok(out var found, out var error) ? $"{found["metadata"]?["uid"]}/{found["metadata"]?["resourceVersion"]}" : error.Code;

    /// <summary>
    /// The spec that a new object of this manifest would have: an apply leaves alone what somebody added, a new object
    /// does not have it.
    /// </summary>
    private async Task<Result<JsonNode>> FreshSpecAsync(JsonObject manifest, JsonObject applied, CancellationToken cancellation)
    {
        if ((await DeploymentApply.TryAsNewAsync(cluster, manifest, cancellation)).Failed(out var error, out var created)) return error;
        var spec = created.Object["spec"]!;
        // An autoscaler decides where the manifest does not.
        if (manifest["spec"]?["replicas"] is null && applied["spec"]?["replicas"] is { } replicas) spec["replicas"] = replicas.DeepClone();
        return spec;
    }

    private static Difference[] Of(Manifest manifest, IReadOnlyList<FieldDifference> fields, JsonNode? fresh = null, bool missing = false, string? problem = null) =>
    [
        new Difference(manifest.Identity, new DriftedObject(manifest.Identity.Type.Kind, manifest.Identity.Name, missing, fields, problem), fresh,
            Scaled: manifest.Document["spec"]?["replicas"] is null),
    ];
}
