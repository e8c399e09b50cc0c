using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Babyhelm.Core.Gateway;

/// <summary>Which headers cross the gateway, and how (RFC 9110, 7.6.1).</summary>
internal static class ForwardedHeaders
{
    // Meant for the next hop only, or set by the gateway itself.
    private static readonly HashSet<string> NotForwarded = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Forwarded", "X-Real-IP", "Content-Length",
    };

    /// <summary>What programs behind a proxy believe about who asks, so nobody but the proxy may say it.</summary>
    private static bool IsTrusted(string name)
    {
        // Many servers make no difference between the two signs.
        var plain = name.Replace('_', '-');
        return plain.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || plain.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
            || plain.Equals("X-Scope-OrgID", StringComparison.OrdinalIgnoreCase)
            || plain.StartsWith("X-WebAuth-", StringComparison.OrdinalIgnoreCase);
    }

    public static void CopyRequest(HttpContext context, HttpRequestMessage message, bool upgrade)
    {
        var request = context.Request;
        var named = NamedByConnection(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith(':') || NotForwarded.Contains(name) || IsTrusted(name) || named?.Contains(name) == true) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        if (message.Content is not null && request.ContentLength is { } length) message.Content.Headers.ContentLength = length;
        message.Headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        message.Headers.TryAddWithoutValidation("X-Forwarded-Host", request.Host.Value);
        message.Headers.TryAddWithoutValidation("X-Forwarded-Proto", request.Scheme);
        if (upgrade)
        {
            message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            message.Headers.TryAddWithoutValidation("Upgrade", (IEnumerable<string?>)request.Headers.Upgrade);
        }
    }

    public static void CopyResponse(HttpResponseMessage message, HttpResponse response)
    {
        response.StatusCode = (int)message.StatusCode;
        var named = message.Headers.NonValidated.TryGetValues("Connection", out var connection)
            ? NamedByConnection(new StringValues([.. connection])) : null;
        Copy(message.Headers, response, named);
        Copy(message.Content.Headers, response, named);
        if (message.Content.Headers.ContentLength is { } length) response.ContentLength = length;
        if (message.StatusCode == System.Net.HttpStatusCode.SwitchingProtocols && message.Headers.NonValidated.TryGetValues("Upgrade", out var protocol))
            response.Headers.Upgrade = new StringValues([.. protocol]);
    }

    private static void Copy(HttpHeaders from, HttpResponse response, HashSet<string>? named)
    {
        foreach (var (name, values) in from.NonValidated)
            if (!NotForwarded.Contains(name) && named?.Contains(name) != true)
                response.Headers.Append(name, new StringValues([.. values]));
    }

    private static HashSet<string>? NamedByConnection(StringValues connection) =>
        connection.Count == 0 ? null : connection.SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
