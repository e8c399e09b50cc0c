using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Babyhelm.Core.Gateway;

/// <summary>What of a request and of its answer crosses, and what is added on the way.</summary>
internal interface IForwardRules
{
    /// <param name="upgrade">Whether a WebSocket is asked for.</param>
    void CopyRequest(HttpContext context, HttpRequestMessage message, bool upgrade);

    /// <summary>False where the answer must not be passed on: nothing of it is written then.</summary>
    bool CopyResponse(HttpResponseMessage message, HttpContext context);
}

/// <summary>Copies headers over one hop (RFC 9110, 7.6.1).</summary>
internal static class ForwardedHeaders
{
    // Meant for the next hop only, or set by the forwarder itself.
    private static readonly HashSet<string> OfOneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Forwarded", "X-Real-IP", "Content-Length",
    };

    /// <param name="passes">Whether a header that is not of one hop crosses.</param>
    public static void CopyRequest(HttpRequest request, HttpRequestMessage message, bool upgrade, Func<string, bool> passes)
    {
        var named = NamedByConnection(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(':') || OfOneHop.Contains(name) || named?.Contains(name) == true || !passes(name)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        if (message.Content is not null && request.ContentLength is { } length) message.Content.Headers.ContentLength = length;
        if (upgrade)
        {
            message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            message.Headers.TryAddWithoutValidation("Upgrade", (IEnumerable<string?>)request.Headers.Upgrade);
        }
    }

    /// <summary>Where the visitor asked.</summary>
    public static void AddOrigin(HttpRequestMessage message, string host, string scheme)
    {
        message.Headers.TryAddWithoutValidation("X-Forwarded-Host", host);
        message.Headers.TryAddWithoutValidation("X-Forwarded-Proto", scheme);
    }

    /// <param name="passes">Whether a header that is not of one hop crosses.</param>
    public static void CopyResponse(HttpResponseMessage message, HttpResponse response, Func<string, bool> passes)
    {
        response.StatusCode = (int)message.StatusCode;
        var named = message.Headers.NonValidated.TryGetValues("Connection", out var connection)
            ? NamedByConnection(new StringValues([.. connection])) : null;
        Copy(message.Headers, response, named, passes);
        Copy(message.Content.Headers, response, named, passes);
        if (message.Content.Headers.ContentLength is { } length) response.ContentLength = length;
        if (message.StatusCode == System.Net.HttpStatusCode.SwitchingProtocols && message.Headers.NonValidated.TryGetValues("Upgrade", out var protocol))
            response.Headers.Upgrade = new StringValues([.. protocol]);
    }

    private static void Copy(HttpHeaders from, HttpResponse response, HashSet<string>? named, Func<string, bool> passes)
    {
        foreach (var (name, values) in from.NonValidated)
            if (!OfOneHop.Contains(name) && named?.Contains(name) != true && passes(name))
                response.Headers.Append(name, new StringValues([.. values]));
    }

    private static HashSet<string>? NamedByConnection(StringValues connection) =>
        connection.Count == 0 ? null : connection.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
