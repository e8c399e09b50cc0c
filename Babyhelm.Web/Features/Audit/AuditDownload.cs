using Babyhelm.Core.Administration;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Features.Audit;

/// <summary>The audit log as a file.</summary>
internal static class AuditDownload
{
    public static void MapAuditDownloads(this WebApplication app)
    {
        var files = app.MapSessionFiles(Urls.Downloads);
        files.MapGet("/audit.csv", ([AsParameters] QueryParameters given, HttpContext http, AuditLog log) => SendAsync(null, given, http, log));
        files.MapGet("/projects/{project}/audit.csv", (string project, [AsParameters] QueryParameters given, HttpContext http, AuditLog log) => SendAsync(project, given, http, log));
    }

    private static Task<IResult> SendAsync(string? project, QueryParameters given, HttpContext http, AuditLog log) =>
        SessionFile.SendAsync(http, caller => log.ExportAsync(caller, project, given.Query.Filter, () => AuditEndpoints.BeginCsv(http.Response, project), http.RequestAborted), _ => Results.Empty);

    /// <summary>As in the address of the page.</summary>
    private sealed record QueryParameters(
        [FromQuery] string? Actor, [FromQuery] string? Action, [FromQuery] string? Subject, [FromQuery] string? Outcome, [FromQuery] string? From, [FromQuery] string? Until)
    {
        public AuditQuery Query => AuditQuery.Of(Actor, Action, Subject, Outcome, From, Until);
    }
}
