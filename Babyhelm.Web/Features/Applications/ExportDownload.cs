using System.Text;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>An application as a file for a browser's session; the API has the same for tokens.</summary>
internal static class ExportDownload
{
    public static void MapExportDownloads(this WebApplication app)
    {
        var files = app.MapGroup(Urls.ExportRoute).RequireAuthorization().ExcludeFromDescription();
        files.MapGet("/manifests.yaml", async (string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation) =>
            Caller.From(http.User) is not { } caller ? Results.StatusCode(StatusCodes.Status403Forbidden)
            : (await export.YamlAsync(caller, project, app, cancellation)).Ok(out var yaml, out var error)
                ? Results.File(Encoding.UTF8.GetBytes(yaml), "application/yaml", $"{app}.yaml") : Results.StatusCode(Problems.Status(error)));
        app.MapGet(Urls.ArchiveRoute, async (string project, HttpContext http, ProjectTransfer transfer, CancellationToken cancellation) =>
            Caller.From(http.User) is not { } caller ? Results.StatusCode(StatusCodes.Status403Forbidden)
            : (await transfer.ExportAsync(caller, project, cancellation)).Ok(out var file, out var error)
                ? Results.File(file.Content, "application/zip", file.Name) : Results.StatusCode(Problems.Status(error))).RequireAuthorization().ExcludeFromDescription();
        files.MapGet("/chart.tgz", async (string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation) =>
            Caller.From(http.User) is not { } caller ? Results.StatusCode(StatusCodes.Status403Forbidden)
            : (await export.ChartAsync(caller, project, app, cancellation)).Ok(out var file, out var error)
                ? Results.File(file.Content, "application/gzip", file.Name) : Results.StatusCode(Problems.Status(error)));
    }
}
