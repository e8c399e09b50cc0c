using Babyhelm.Core.Applications.Registries;

namespace Babyhelm.Web.Api;

internal sealed record CreateRegistryRequest(string? Name, string? Host, string? UserName, string? Password);

/// <summary>Credentials that a project's images are pulled with. Passwords go in and never come out.</summary>
internal static class RegistryEndpoints
{
    public static void MapRegistryEndpoints(this IEndpointRouteBuilder api)
    {
        var registries = api.MapGroup("/projects/{project}/registries").WithTags("Registries");
        registries.MapGet("", (string project, HttpContext http, ProjectRegistries commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ListAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("Registries of the project, with what pulls from them").Produces<IReadOnlyList<RegistryView>>().ProducesProblem(404);
        registries.MapPost("", async (string project, CreateRegistryRequest body, HttpContext http, ProjectRegistries commands, CancellationToken cancellation) =>
            (await commands.CreateAsync(BearerTokens.CallerOf(http), project, body.Name, new(body.Host, body.UserName, body.Password), cancellation)).Ok(out var made, out var error)
                ? Results.Created($"/api/v1/projects/{project}/registries", made) : Problems.From(error))
            .WithSummary("Add a registry: refused where it does not take the credentials; with a notice where it could not be asked")
            .Produces<RegistryView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        registries.MapPut("/{name}", (string project, string name, RegistryGiven body, HttpContext http, ProjectRegistries commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ChangeAsync(BearerTokens.CallerOf(http), project, name, body, cancellation)))
            .WithSummary("Change it; without a password the stored one stays. What pulls with it gets the new credentials without a deploy")
            .Produces<RegistryView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        registries.MapPost("/{name}/test", (string project, string name, HttpContext http, ProjectRegistries commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.TestAsync(BearerTokens.CallerOf(http), project, name, cancellation)))
            .WithSummary("Ask the registry again; the notice says what came of it").Produces<RegistryView>().ProducesProblem(403).ProducesProblem(404);
        registries.MapDelete("/{name}", (string project, string name, HttpContext http, ProjectRegistries commands, CancellationToken cancellation) =>
            Problems.NoContentAsync(commands.DeleteAsync(BearerTokens.CallerOf(http), project, name, cancellation)))
            .WithSummary("Remove it; refused while an application pulls with it").Produces(204).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }
}
