using Babyhelm.Core.Projects;

namespace Babyhelm.Web.Api;

internal sealed record CreateProjectRequest(string? Name);

internal sealed record ProjectAnswer(
    string Name, string Namespace, ProjectState State, string? Problem, ProjectRole Role, DateTimeOffset CreatedAt)
{
    public static ProjectAnswer Of(ProjectView p) => new(p.Name, p.Namespace, p.State, p.Problem, p.Role, p.CreatedAt);
}

internal static class ProjectEndpoints
{
    public static void MapProjectEndpoints(this IEndpointRouteBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("", async (HttpContext http, ProjectCommands commands, CancellationToken cancellation) =>
            (await commands.ListAsync(BearerTokens.CallerOf(http), cancellation)).Select(ProjectAnswer.Of))
            .WithSummary("Your projects");
        projects.MapPost("", async (CreateProjectRequest body, HttpContext http, ProjectCommands commands, CancellationToken cancellation) =>
            (await commands.CreateAsync(BearerTokens.CallerOf(http), body.Name, cancellation)).Ok(out var project, out var error)
                ? Results.Created($"/api/v1/projects/{project.Name}", ProjectAnswer.Of(project)) : Problems.From(error))
            .WithSummary("Create a project").Produces<ProjectAnswer>(201).ProducesProblem(400).ProducesProblem(409);
        projects.MapGet("/{project}", async (string project, HttpContext http, ProjectCommands commands, CancellationToken cancellation) =>
            (await commands.GetAsync(BearerTokens.CallerOf(http), project, cancellation)).Answer(ProjectAnswer.Of))
            .WithSummary("One project").Produces<ProjectAnswer>().ProducesProblem(404);
        projects.MapDelete("/{project}", async (string project, HttpContext http, ProjectCommands commands, CancellationToken cancellation) =>
            (await commands.DeleteAsync(BearerTokens.CallerOf(http), project, cancellation)).Ok(out _, out var error) ? Results.Accepted() : Problems.From(error))
            .WithSummary("Delete a project with everything in it").Produces(202).ProducesProblem(403).ProducesProblem(404);
    }
}
