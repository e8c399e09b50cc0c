using System.Net;
using Babyhelm.Core.Common;
using Babyhelm.Core.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Babyhelm.Core.Grafana;

/// <summary>Marks an answer as Grafana's.</summary>
/// <param name="Policies">Its own content security policies: they hold beside Babyhelm's.</param>
/// <param name="Runs">Whether scripts of it may run.</param>
public sealed record GrafanaAnswer(StringValues Policies, bool Runs);

/// <summary>
/// Between browsers and Grafana only those headers cross that are named here. Grafana believes headers about who asks, and its pages
/// are of Babyhelm's own origin: a list of what must not cross would be right only until the next version of either.
/// </summary>
internal sealed class GrafanaHeaders(GrafanaOptions options, PublicOptions site) : IForwardRules
{
    private static readonly HashSet<string> OfVisitors = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding", "Content-Language", "Content-Type",
        "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Pragma", "Range", "User-Agent",
        "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
        "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version",
        // What Grafana's own script says of the panel that asks.
        "X-Cache-Skip", "X-Dashboard-Title", "X-Dashboard-Uid", "X-Datasource-Uid", "X-Grafana-Device-Id", "X-Grafana-NoCache", "X-Grafana-Org-Id",
        "X-Panel-Id", "X-Panel-Plugin-Id", "X-Panel-Title", "X-Plugin-Id", "X-Query-Group-Id", "X-Requested-With",
    };

    // Not among them: what would hold for all of Babyhelm's origin (Clear-Site-Data, Service-Worker-Allowed, Strict-Transport-Security),
    // let other sites read (Access-Control-*), or ask the user for a password (WWW-Authenticate). SecurityHeaders sets the rest.
    private static readonly HashSet<string> OfGrafana = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Range", "Content-Type",
        "ETag", "Expires", "Last-Modified", "Pragma", "Retry-After", "Vary",
        "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol",
    };

    private readonly string _origin = site.Url.GetLeftPart(UriPartial.Authority);
    private readonly GrafanaLogin _login = new(options.DataSourceToken ?? "");

    /// <summary>Whether browsers may send a header of this name to Grafana.</summary>
    public static bool IsVisitors(string name) => OfVisitors.Contains(name);

    public void CopyRequest(HttpContext context, HttpRequestMessage message, bool upgrade)
    {
        var caller = context.Features.GetRequiredFeature<GrafanaVisitor>().Caller;
        ForwardedHeaders.CopyRequest(context.Request, message, upgrade, IsVisitors);
        // One name for all, that of Grafana's root_url: by whatever name the browser came, the endpoint has looked at its origin.
        message.Headers.Host = site.Url.Authority;
        if (context.Request.Headers.Origin.Count > 0) Set(message, "Origin", _origin);
        if (GrafanaCookies.Passing(context.Request.Headers.Cookie) is { } cookies) Set(message, "Cookie", cookies);
        // No address of the visitor: Grafana would name it to its data source, which is to be known by its own.
        ForwardedHeaders.AddOrigin(message, site.Url.Authority, site.Url.Scheme);
        Set(message, options.UserHeader, GrafanaLogin.Of(caller.UserId));
        Set(message, options.EmailHeader, _login.Email(caller.UserId));
        Set(message, options.RoleHeader, options.RoleOf(caller).ToString());
        if (GrafanaLogin.Name(caller) is { } name) Set(message, options.NameHeader, name);
    }

    public bool CopyResponse(HttpResponseMessage message, HttpContext context)
    {
        var visitor = context.Features.GetRequiredFeature<GrafanaVisitor>();
        string? location = null;
        if (message.Headers.NonValidated.TryGetValues("Location", out var locations)
            && (locations.Count != 1 || (location = GrafanaAddress.Inside(locations.ToString(), context.Request.Path, [options.Url!, site.Url])) is null))
            return Refuse(visitor, GrafanaOutcome.LeadsAway);
        if (message.StatusCode == HttpStatusCode.SwitchingProtocols && !(IsWebSocket(message) && Forwarder.WantsSocket(context) is not null)) return Refuse(visitor, GrafanaOutcome.Away);
        var content = GrafanaContents.Of(message, context.Request.Path.Value ?? "");
        if (content == GrafanaContent.UnprotectedPage) return Refuse(visitor, GrafanaOutcome.Unprotected);
        try
        {
            ForwardedHeaders.CopyResponse(message, context.Response, OfGrafana.Contains);
            if (location is not null) context.Response.Headers.Location = location;
        }
        catch (InvalidOperationException)
        {
            return Refuse(visitor, GrafanaOutcome.Away); // a header that the server can't send
        }
        if (message.Headers.NonValidated.TryGetValues("Set-Cookie", out var cookies))
            context.Response.Headers.SetCookie = GrafanaCookies.Limited(cookies, context.Request.IsHttps);
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        var policies = message.Headers.NonValidated.TryGetValues("Content-Security-Policy", out var own) ? new StringValues([.. own]) : StringValues.Empty;
        context.Features.Set(new GrafanaAnswer(policies, content != GrafanaContent.Inert));
        return true;
    }

    private static bool IsWebSocket(HttpResponseMessage message) =>
        message.Headers.NonValidated.TryGetValues("Upgrade", out var protocol) && protocol.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);

    private static bool Refuse(GrafanaVisitor visitor, GrafanaOutcome why)
    {
        visitor.Refusal = why;
        return false;
    }

    private static void Set(HttpRequestMessage message, string name, string value)
    {
        message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }
}
