using System.Text.Json.Nodes;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Manifests.Export;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <param name="Content">The file.</param>
/// <param name="Name">What to save it as.</param>
public sealed record ExportedFile(byte[] Content, string Name);

/// <summary>
/// An application for use without Babyhelm: as the release that is in force runs, or the latest one where none is. A stopped one
/// is given as it would run. Values of secrets are never in it.
/// </summary>
public sealed class ExportApplication(IDbContextFactory<BabyhelmDbContext> contexts)
{
    /// <summary>Plain YAML that <c>kubectl apply</c> takes for any namespace.</summary>
    public async Task<Result<string>> YamlAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        (await FindAsync(caller, project, app, cancellation)).Failed(out var error, out var release) ? error
            : Documents(release, app).Map(set => PortableManifests.ToYaml(PortableManifests.Of(set, app), $"{app} of the project {project}, release {release.Number}, exported from Babyhelm."));

    /// <summary>A Helm chart as .tgz.</summary>
    public async Task<Result<ExportedFile>> ChartAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        (await FindAsync(caller, project, app, cancellation)).Failed(out var error, out var release) ? error
            : Documents(release, app).Map(set => new ExportedFile(
                HelmChart.Pack(app, HelmChart.Files(PortableManifests.Of(set, app), release.Spec, release.Number), release.CreatedAt), $"{app}-0.{release.Number}.0.tgz"));

    private async Task<Result<Release>> FindAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        return await db.Set<Release>().AsNoTracking().Where(r => r.ApplicationId == found.Id)
            .OrderByDescending(r => Release.InForce.Contains(r.State)).ThenByDescending(r => r.Number).FirstAsync(cancellation);
    }

    private static Result<ManifestSet> Documents(Release release, string app) => ReleaseManifests.Of(release).Map(set => !release.Stopped ? set : new ManifestSet([.. set.Manifests.Select(m => Running(m, release.Spec))]));

    /// <summary>Undoes what a stop does to a release.</summary>
    private static Manifest Running(Manifest manifest, AppSpec spec)
    {
        var document = (JsonObject)manifest.Document.DeepClone();
        if (PortableManifests.Pod(document) is null) return manifest;
        var settings = document["spec"]!.AsObject();
        if (settings.ContainsKey("suspend")) settings["suspend"] = false;
        else settings["replicas"] = spec.Autoscale?.Min ?? spec.Replicas;
        return manifest with { Document = document };
    }
}
