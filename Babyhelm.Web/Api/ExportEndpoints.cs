using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;

namespace Babyhelm.Web.Api;

/// <summary>Applications for use without Babyhelm.</summary>
internal static class ExportEndpoints
{
    private enum Format { Yaml }

    public static void MapExportEndpoints(this IEndpointRouteBuilder api)
    {
        var app = api.MapGroup("/projects/{project}/apps/{app}").WithTags("Import and export");
        app.MapGet("/manifests", YamlAsync).WithSummary("The application as YAML that kubectl applies in any namespace, without values of secrets")
            .Produces(200, contentType: "application/yaml").ProducesProblem(404);
        app.MapGet("/chart", async (string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation) =>
            File(await export.ChartAsync(BearerTokens.CallerOf(http), project, app, cancellation), "application/gzip"))
            .WithSummary("The application as a Helm chart (.tgz), without values of secrets").Produces(200, contentType: "application/gzip").ProducesProblem(404);
    }

    public static IResult File(Result<ExportedFile> exported, string type) =>
        exported.Ok(out var file, out var error) ? Results.File(file.Content, type, file.Name) : Problems.From(error);

    private static async Task<IResult> YamlAsync(
        string project, string app, HttpContext http, ExportApplication export, CancellationToken cancellation, Choice<Format>? format = null) =>
        (await export.YamlAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Ok(out var yaml, out var error) ? Results.Text(yaml, "application/yaml") : Problems.From(error);
}
