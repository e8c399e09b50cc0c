using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Features.Audit;

/// <summary>The audit log as a file, for a browser's session; the API has the same for tokens.</summary>
internal static class AuditDownload
{
    public static void MapAuditDownloads(this WebApplication app)
    {
        var files = app.MapGroup(Urls.Downloads).RequireAuthorization().ExcludeFromDescription();
        files.MapGet("/audit.csv", ([AsParameters] QueryParameters given, HttpContext http, AuditLog log) => SendAsync(null, given, http, log));
        files.MapGet("/projects/{project}/audit.csv", (string project, [AsParameters] QueryParameters given, HttpContext http, AuditLog log) => SendAsync(project, given, http, log));
    }

    private static async Task<IResult> SendAsync(string? project, QueryParameters given, HttpContext http, AuditLog log)
    {
        if (Caller.From(http.User) is not { } caller) return Results.StatusCode(StatusCodes.Status403Forbidden);
        var sent = await log.ExportAsync(caller, project, given.Query.Filter, () => AuditEndpoints.BeginCsv(http.Response, project), http.RequestAborted);
        return sent.Ok(out _, out var error) ? Results.Empty : Results.StatusCode(Problems.Status(error));
    }

    /// <summary>As in the address of the page.</summary>
    private sealed record QueryParameters(
        [FromQuery] string? Actor, [FromQuery] string? Action, [FromQuery] string? Subject, [FromQuery] string? Outcome, [FromQuery] string? From, [FromQuery] string? Until)
    {
        public AuditQuery Query => AuditQuery.Of(Actor, Action, Subject, Outcome, From, Until);
    }
}
