using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests.Compose;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <param name="Compose">The file's text.</param>
/// <param name="Variables">Values for <c>${NAME}</c> in it; null for none.</param>
/// <param name="Services">Which services to create; null for all that can be.</param>
public sealed record ComposeRequest(string? Compose, IReadOnlyDictionary<string, string>? Variables = null, IReadOnlyList<string>? Services = null);

/// <param name="Notes">What became of each key.</param>
/// <param name="Unset">Variables without value and default: they became nothing.</param>
/// <param name="Created">Whether anything was to be created; false for a look at what would be.</param>
public sealed record ComposeReport(IReadOnlyList<ImportedApplication> Applications, IReadOnlyList<ComposeNote> Notes, IReadOnlyList<string> Unset, bool Created);

/// <summary>Makes applications of a Compose file's services, after a look at what becomes of each.</summary>
public sealed class ImportCompose(IDbContextFactory<BabyhelmDbContext> contexts, DeployApplication deploy)
{
    /// <summary>
    /// <see cref="Invalid"/> for a text that is no Compose file, and for chosen services that can't be created; then nothing is made.
    /// Once it begins, each application stands for itself: one that fails is told in the report.
    /// </summary>
    /// <param name="dryRun">Only say what would be made.</param>
    public async Task<Result<ComposeReport>> ImportAsync(Caller caller, string project, ComposeRequest request, bool dryRun, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, project, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        if (string.IsNullOrWhiteSpace(request.Compose)) return new Invalid("compose", "Give the text of a Compose file.");
        // JSON may say null for a value: then it has none.
        var variables = (request.Variables ?? new Dictionary<string, string>()).Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
        if (ComposeImport.Read(request.Compose, variables).Failed(out error, out var plan)) return error;

        var taken = await db.Set<Application>().Where(a => a.ProjectId == found.Id).Select(a => a.Name).ToListAsync(cancellation);
        var planned = plan.Applications.Select(a => (a.Service, a.Spec, Problems: ImportedApplication.ProblemsOf(a.Spec, a.Faults, taken))).ToList();
        var list = planned.ConvertAll(a => new ImportedApplication(a.Service, ImportedApplication.Shown(a.Spec), a.Problems));
        if (dryRun) return new ComposeReport(list, plan.Notes, plan.Unset, Created: false);

        var chosen = request.Services ?? [.. list.Where(a => a.CanBeCreated).Select(a => a.Source)];
        var faults = chosen.Where(c => list.All(a => a.Source != c)).Select(c => new Fault("services", $"There is no service {ComposeNotes.Show(c)}."))
            .Concat(list.Where(a => chosen.Contains(a.Source) && !a.CanBeCreated).Select(a => new Fault("services", $"{a.Source} can't be created. {(a.Problems.Count > 0 ? a.Problems[0].Message : "It names no image.")}"))).ToList();
        if (chosen.Count == 0) faults.Add(new Fault("services", "Choose at least one service."));
        if (faults.Count > 0) return new Invalid(faults);
        for (var i = 0; i < list.Count; i++)
            if (chosen.Contains(list[i].Source)) list[i] = list[i].Told(await deploy.CreateAsync(caller, project, planned[i].Spec!, "Imported from a Compose file", cancellation));
        return new ComposeReport(list, plan.Notes, plan.Unset, Created: true);
    }
}
