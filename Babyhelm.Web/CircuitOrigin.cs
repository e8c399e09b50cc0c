using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web;

/// <summary>
/// Refuses circuits that a page of another site asks for. Browsers put no limit of their own on WebSockets to foreign
/// hosts; they do say where the page came from.
/// </summary>
internal sealed class CircuitOrigin(RequestDelegate next, RefusalCounts refusals, IOptions<PublicOptions> options)
{
    private readonly string _public = options.Value.Url.GetLeftPart(UriPartial.Authority);

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/_blazor") || IsOwn(context.Request, _public)) return next(context);
        refusals.Add(RefusalCounts.ForeignSocket, context.Connection.RemoteIpAddress);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    /// <summary>True without an <c>Origin</c> (no browser's page), and for the address asked or the public one.</summary>
    /// <param name="publicOrigin">Scheme, host and port of <c>Public:Url</c>.</param>
    public static bool IsOwn(HttpRequest request, string publicOrigin) =>
        request.Headers.Origin.Count == 0
        || (request.Headers.Origin is [{ } origin]
            && (Same(origin, $"{request.Scheme}://{request.Host.Value}") || Same(origin, publicOrigin)));

    private static bool Same(string origin, string other) => origin.Equals(other, StringComparison.OrdinalIgnoreCase);
}
