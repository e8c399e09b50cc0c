using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Grafana;
using Babyhelm.Web.Api;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Grafana;

/// <summary>
/// Grafana for the browser's session. Every user is let in, as what Grafana calls a viewer; platform admins as its admin: what a
/// viewer may do Grafana knows, and what is seen of metrics the scoped endpoint does.
/// </summary>
internal static class GrafanaEndpoints
{
    private const string Route = GrafanaProxy.Path + "/{**path}";
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    public static void MapGrafana(this WebApplication app) => app.MapMethods(Route, Methods, ServeAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task ServeAsync(HttpContext http, GrafanaProxy grafana, RefusalCounts refusals, IOptions<PublicOptions> site)
    {
        if (Caller.From(http.User) is not { } caller)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        if (!IsFromOwnPage(http.Request, site.Value.Url.GetLeftPart(UriPartial.Authority)))
        {
            refusals.Add(RefusalCounts.ForeignSocket, http.Connection.RemoteIpAddress);
            await ProblemPages.WriteAsync(http, PageProblem.ForeignOrigin);
            return;
        }
        // What stays open ends with the session, and with the role that Grafana was told.
        StreamAccess.Watch(http, caller, (now, _) => Task.FromResult(now.IsAdmin == caller.IsAdmin));
        if (http.Features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false; // Grafana's answers stay its own
        if (PageProblem.OfGrafana(await grafana.ForwardAsync(http, caller)) is { } problem) await ProblemPages.WriteAsync(http, problem);
    }

    /// <summary>
    /// No token of a form goes along with what Grafana's script sends: what changes something or stays open has to come from an own
    /// page, as the browser says, and so has whatever else it says that of.
    /// </summary>
    private static bool IsFromOwnPage(HttpRequest request, string publicOrigin)
    {
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (request.Headers.Origin.Count == 0) return reads && request.Headers.Upgrade.Count == 0;
        return CircuitOrigin.IsOwn(request, publicOrigin);
    }
}
