using Babyhelm.Core.Projects;

namespace Babyhelm.Web.Api;

internal sealed record MemberRequest(ProjectRole Role);

internal sealed record TransferRequest(string? Email);

/// <summary>Who works in a project.</summary>
internal static class MemberEndpoints
{
    public static void MapMemberEndpoints(this IEndpointRouteBuilder api)
    {
        var project = api.MapGroup("/projects/{project}").WithTags("Members");
        project.MapGet("/members", (string project, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.OkAsync(members.ListAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("Members; for owners also who is invited").Produces<IReadOnlyList<MemberView>>().ProducesProblem(404);
        project.MapPut("/members/{email}", async (string project, string email, MemberRequest body, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            (await members.PutAsync(BearerTokens.CallerOf(http), project, email, body.Role, cancellation)).Ok(out var member, out var error)
                ? Results.Json(member, statusCode: member.State == MemberState.Active ? 200 : 202) : Problems.From(error))
            .WithSummary("Change a member's role, or invite somebody: 202 until the invitation is accepted")
            .Produces<MemberView>().Produces<MemberView>(202).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        project.MapDelete("/members/{email}", (string project, string email, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.NoContentAsync(members.RemoveAsync(BearerTokens.CallerOf(http), project, email, cancellation)))
            .WithSummary("Remove a member, or take an invitation back").Produces(204).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        project.MapPost("/leave", (string project, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.NoContentAsync(members.LeaveAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("Leave the project").Produces(204).ProducesProblem(404).ProducesProblem(409);
        project.MapPost("/transfer", (string project, TransferRequest body, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.NoContentAsync(members.TransferAsync(BearerTokens.CallerOf(http), project, body.Email, cancellation)))
            .WithSummary("Make a member the owner in your place").Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
    }
}
