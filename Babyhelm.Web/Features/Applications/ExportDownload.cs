using System.Text;
using Babyhelm.Core.Applications;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>An application, or a whole project, as a file.</summary>
internal static class ExportDownload
{
    public static void MapExportDownloads(this WebApplication app)
    {
        var files = app.MapSessionFiles();
        files.MapGet($"{Urls.ExportRoute}/manifests.yaml", (string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation) =>
            SessionFile.SendAsync(http, caller => export.YamlAsync(caller, project, app, cancellation), yaml => Results.File(Encoding.UTF8.GetBytes(yaml), "application/yaml", $"{app}.yaml")));
        files.MapGet($"{Urls.ExportRoute}/chart.tgz", (string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation) =>
            SessionFile.SendAsync(http, caller => export.ChartAsync(caller, project, app, cancellation), file => Results.File(file.Content, "application/gzip", file.Name)));
        files.MapGet(Urls.ArchiveRoute, (string project, HttpContext http, ProjectTransfer transfer, CancellationToken cancellation) =>
            SessionFile.SendAsync(http, caller => transfer.ExportAsync(caller, project, cancellation), file => Results.File(file.Content, "application/zip", file.Name)));
    }
}
