using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Grafana;
using Babyhelm.Web.Api;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Grafana;

/// <summary>
/// Grafana for the browser's session. Every user is let in, as what Grafana calls a viewer, and platform admins as what is set: what
/// these may do Grafana knows and a list here bounds, and what is seen of metrics the scoped endpoint does.
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
        // What stays open ends with the session, and with the role that Grafana was told. Other requests end soon by themselves.
        if (http.Request.Headers.Upgrade.Count > 0) StreamAccess.Watch(http, caller, (now, _) => Task.FromResult(now.IsAdmin == caller.IsAdmin));
        if (http.Features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false; // Grafana's answers stay its own
        if (PageProblem.OfGrafana(await grafana.ForwardAsync(http, caller)) is { } problem) await ProblemPages.WriteAsync(http, problem);
    }

    /// <summary>
    /// No token of a form goes along with what Grafana's script sends: what changes something or stays open has to come from an own
    /// page, as the browser says, and so has whatever else it says that of. From elsewhere people only follow links, with a whole page.
    /// </summary>
    private static bool IsFromOwnPage(HttpRequest request, string publicOrigin)
    {
        var reads = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && request.Headers.Upgrade.Count == 0;
        var link = reads && request.Headers["Sec-Fetch-Mode"] is ["navigate"] && request.Headers["Sec-Fetch-Dest"] is ["document"];
        if (request.Headers["Sec-Fetch-Site"] is not ([] or ["same-origin"] or ["none"]) && !link) return false;
        return request.Headers.Origin.Count == 0 ? reads : CircuitOrigin.IsOwn(request, publicOrigin);
    }
}
