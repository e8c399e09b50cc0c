using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Terminals;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Terminals;

/// <summary>Where, and how large: query parameters.</summary>
internal sealed record TerminalParameters([FromQuery] string? Pod, [FromQuery] string? Container, [FromQuery] int? Columns, [FromQuery] int? Rows)
{
    public TerminalTarget Target => new(string.IsNullOrEmpty(Pod) ? null : Pod, string.IsNullOrEmpty(Container) ? null : Container);

    public TerminalSize Size => new(Columns ?? 80, Rows ?? 24);
}

/// <summary>
/// Terminals over WebSocket, for the own pages by cookie and for API clients by token. No token of a form could go along with
/// a WebSocket: for cookies the browser has to say that an own page asks.
/// </summary>
internal static class TerminalEndpoints
{
    /// <summary>Columns and rows that a screen can have.</summary>
    private const int MaxSide = 1000;

    private static readonly WebSocketAcceptContext Accept = new() { KeepAliveInterval = TimeSpan.FromSeconds(30), KeepAliveTimeout = TimeSpan.FromSeconds(30) };

    public static void UseTerminals(this WebApplication app) =>
        app.UseWhen(IsTerminal, terminals => terminals.UseWebSockets());

    private static bool IsTerminal(HttpContext http) =>
        http.Request.Path.StartsWithSegments(Urls.Terminals) || (http.Request.Path.StartsWithSegments("/api") && http.Request.Path.Value!.EndsWith("/terminal", StringComparison.Ordinal));

    /// <summary>For tokens.</summary>
    public static void MapTerminalEndpoints(this IEndpointRouteBuilder api) =>
        api.MapGet("/projects/{project}/apps/{app}/terminal", (string project, string app, [AsParameters] TerminalParameters given, HttpContext http) =>
            ServeAsync(BearerTokens.CallerOf(http), project, app, given, http))
            .WithTags("Applications").WithSummary("A shell in a container, over WebSocket: binary messages are keys and output; see docs/terminal.md")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(502).ProducesProblem(503);

    /// <summary>For the browser's session.</summary>
    public static void MapTerminals(this WebApplication app) =>
        app.MapGet(Urls.TerminalRoute, (string project, string app, [AsParameters] TerminalParameters given, HttpContext http, IOptions<PublicOptions> site) =>
            http.Request.Headers.Origin.Count == 0 || !CircuitOrigin.IsOwn(http.Request, site.Value.Url.GetLeftPart(UriPartial.Authority))
                ? Task.FromResult(Problems.From(new Forbidden("Only pages of Babyhelm itself can open a terminal.")))
                : Caller.From(http.User) is { } caller
                    ? ServeAsync(caller, project, app, given, http)
                    : Task.FromResult(Results.StatusCode(StatusCodes.Status403Forbidden)))
            .RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> ServeAsync(Caller caller, string project, string app, TerminalParameters given, HttpContext http)
    {
        var terminals = http.RequestServices.GetRequiredService<OpenTerminal>();
        if ((await terminals.FindAsync(caller, project, app, given.Target, http.RequestAborted)).Failed(out var error, out var place)) return Problems.From(error);
        if (!http.WebSockets.IsWebSocketRequest) return Problems.From(new Invalid("", "Open a terminal as a WebSocket."));
        if (given.Size is not { Columns: > 0 and <= MaxSide, Rows: > 0 and <= MaxSide }) return Problems.From(new Invalid("size", $"A terminal has 1 to {MaxSide} columns and rows."));
        using var socket = await http.WebSockets.AcceptWebSocketAsync(Accept);
        // What goes wrong from here on is said in the terminal: a browser does not tell a page how a handshake was refused.
        await ActivatorUtilities.CreateInstance<TerminalConnection>(http.RequestServices, socket).RunAsync(place, given.Size, http.RequestAborted);
        return Results.Empty;
    }
}
