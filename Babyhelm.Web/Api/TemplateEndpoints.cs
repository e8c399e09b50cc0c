using Babyhelm.Core.Applications;
using Babyhelm.Core.Templates;

namespace Babyhelm.Web.Api;

/// <param name="Source">Left out for the built-in one.</param>
/// <param name="App">Left out for the namespace of the project.</param>
internal sealed record TemplatePreviewRequest(string? Source, string? Project, string? App);

internal sealed record TemplateSourceAnswer(int Revision, string Source);

/// <summary>Templates that manifests are rendered from, for platform admins.</summary>
internal static class TemplateEndpoints
{
    public static void MapTemplateEndpoints(this IEndpointRouteBuilder api)
    {
        var templates = api.MapGroup("/admin/templates").WithTags("Administration");
        templates.MapGet("", (HttpContext http, TemplateCommands commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ListAsync(BearerTokens.CallerOf(http), cancellation)))
            .WithSummary("Templates of manifests").Produces<IReadOnlyList<TemplateSummary>>().ProducesProblem(403);
        templates.MapGet("/{template}", (string template, HttpContext http, TemplateCommands commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.GetAsync(BearerTokens.CallerOf(http), template, cancellation)))
            .WithSummary("One template with its source and revisions").Produces<TemplateDetail>().ProducesProblem(403).ProducesProblem(404);
        templates.MapGet("/{template}/revisions/{revision:int}", async (string template, int revision, HttpContext http, TemplateCommands commands, CancellationToken cancellation) =>
            (await commands.SourceAsync(BearerTokens.CallerOf(http), template, revision, cancellation)).Answer(source => new TemplateSourceAnswer(revision, source)))
            .WithSummary("The source of an earlier revision").Produces<TemplateSourceAnswer>().ProducesProblem(403).ProducesProblem(404);
        templates.MapPut("/{template}", (string template, TemplateChange body, HttpContext http, TemplateCommands commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.SaveAsync(BearerTokens.CallerOf(http), template, body, cancellation)))
            .WithSummary("Change a template, or put the built-in one back by leaving out source; applications get it with their next release")
            .Produces<TemplateDetail>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        templates.MapPost("/{template}/preview", (string template, TemplatePreviewRequest body, HttpContext http, PreviewTemplate preview, CancellationToken cancellation) =>
            Problems.OkAsync(preview.ExecuteAsync(BearerTokens.CallerOf(http), template, body.Source, body.Project, body.App, cancellation)))
            .WithSummary("What a template would make of an application or a namespace, checked by a dry run; changes nothing").Produces<TemplatePreview>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
    }
}
