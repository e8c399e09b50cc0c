using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Api;

internal sealed record AuditAnswer(
    long Id, DateTimeOffset At, string Actor, string? Address, string Action, string Subject, AuditOutcome Outcome, string? Detail, IReadOnlyList<AuditChange> Changes)
{
    public static AuditAnswer Of(AuditEntry e) => new(e.Id, e.At, e.Actor, e.Address, e.Action, e.Subject, e.Outcome, e.Detail, e.Changes);
}

/// <param name="Next">Value of <c>before</c> for the next page; null at the end.</param>
internal sealed record AuditPageAnswer(IReadOnlyList<AuditAnswer> Entries, long? Next);

/// <summary>What of the audit log: query parameters.</summary>
internal sealed record AuditParameters(
    [FromQuery] string? Actor, [FromQuery] string? Action, [FromQuery] string? Subject, [FromQuery] Choice<AuditOutcome>? Outcome,
    [FromQuery] DateTimeOffset? From, [FromQuery] DateTimeOffset? Until, [FromQuery] long? Before)
{
    public AuditFilter Filter => new(Actor, Action, Subject, Outcome?.Value, From, Until, Before);
}

/// <summary>The audit log: of a project for its owners, all of it for platform admins.</summary>
internal static class AuditEndpoints
{
    public static void MapAuditEndpoints(this IEndpointRouteBuilder api)
    {
        var audit = api.MapGroup("").WithTags("Audit");
        audit.MapGet("/projects/{project}/audit", (string project, [AsParameters] AuditParameters given, HttpContext http, AuditLog log) => ListAsync(project, given, http, log))
            .WithSummary("Audit log of a project, newest first").Produces<AuditPageAnswer>().ProducesProblem(403).ProducesProblem(404);
        audit.MapGet("/projects/{project}/audit.csv", (string project, [AsParameters] AuditParameters given, HttpContext http, AuditLog log) => ExportAsync(project, given, http, log))
            .WithSummary("Audit log of a project as CSV").Produces(200, contentType: "text/csv").ProducesProblem(403).ProducesProblem(404);
        audit.MapGet("/audit", ([AsParameters] AuditParameters given, HttpContext http, AuditLog log) => ListAsync(null, given, http, log))
            .WithSummary("The whole audit log, newest first").Produces<AuditPageAnswer>().ProducesProblem(403);
        audit.MapGet("/audit.csv", ([AsParameters] AuditParameters given, HttpContext http, AuditLog log) => ExportAsync(null, given, http, log))
            .WithSummary("The whole audit log as CSV").Produces(200, contentType: "text/csv").ProducesProblem(403);
    }

    private static async Task<IResult> ListAsync(string? project, AuditParameters given, HttpContext http, AuditLog log) =>
        (await log.ListAsync(BearerTokens.CallerOf(http), project, given.Filter, http.RequestAborted))
            .Answer(page => new AuditPageAnswer([.. page.Entries.Select(AuditAnswer.Of)], page.Next));

    private static async Task<IResult> ExportAsync(string? project, AuditParameters given, HttpContext http, AuditLog log)
    {
        var done = await log.ExportAsync(BearerTokens.CallerOf(http), project, given.Filter, () => BeginCsv(http.Response, project), http.RequestAborted);
        return done.Ok(out _, out var error) ? Results.Empty : Problems.From(error);
    }

    /// <summary>Heads of the file; answers where its content goes. Only for a project that is there: its name is a slug.</summary>
    public static Stream BeginCsv(HttpResponse response, string? project)
    {
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=audit{(project is null ? "" : $"-{project}")}.csv";
        response.Headers.CacheControl = "no-store";
        return response.Body;
    }
}
