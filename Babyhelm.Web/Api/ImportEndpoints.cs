using Babyhelm.Core.Applications;

namespace Babyhelm.Web.Api;

/// <summary>Applications from elsewhere.</summary>
internal static class ImportEndpoints
{
    public static void MapImportEndpoints(this IEndpointRouteBuilder api)
    {
        var project = api.MapGroup("/projects/{project}").WithTags("Import and export");
        project.MapPost("/import", (string project, ComposeRequest request, HttpContext http, ImportCompose import, CancellationToken cancellation, bool dryRun = false) =>
            Problems.OkAsync(import.ImportAsync(BearerTokens.CallerOf(http), project, request, dryRun, cancellation)))
            .WithSummary("Make applications of a Compose file's services")
            .WithDescription("dryRun: only tell what would become of each service and key. Else the services named, or all that can be, are created; if one of those can't be, nothing is.")
            .Accepts<ComposeRequest>("application/json").Produces<ComposeReport>().ProducesProblem(400).ProducesProblem(404);
        project.MapGet("/archive", async (string project, HttpContext http, ProjectTransfer transfer, CancellationToken cancellation) =>
            ExportEndpoints.File(await transfer.ExportAsync(BearerTokens.CallerOf(http), project, cancellation), "application/zip"))
            .WithSummary("The whole project as one archive (.zip), without values of secrets, data, tokens and passwords").Produces(200, contentType: "application/zip").ProducesProblem(404).ProducesProblem(409);
        project.MapPost("/archive", (string project, ArchiveRequest request, HttpContext http, ProjectTransfer transfer, CancellationToken cancellation, bool dryRun = false) =>
            Problems.OkAsync(transfer.ImportAsync(BearerTokens.CallerOf(http), project, request, dryRun, cancellation)))
            .WithSummary("Make the applications of an archive")
            .WithDescription("dryRun: only tell what would be made, and which secrets need a value. Else the applications named, or all, are made; if one of those can't be, nothing is.")
            .Accepts<ArchiveRequest>("application/json").Produces<ArchiveReport>().ProducesProblem(400).ProducesProblem(404);
    }
}
