using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Gateway;

/// <summary>Between visitors and applications everything crosses but what a proxy alone may say.</summary>
/// <param name="proxyHeaders">More that only a proxy may say, without regard to case.</param>
internal sealed class PodHeaders(HashSet<string> proxyHeaders) : IForwardRules
{
    public void CopyRequest(HttpContext context, HttpRequestMessage message, bool upgrade)
    {
        ForwardedHeaders.CopyRequest(context.Request, message, upgrade, name => !IsTrusted(name));
        message.Headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        ForwardedHeaders.AddOrigin(message, context.Request.Host.Value ?? "", context.Request.Scheme);
    }

    public bool CopyResponse(HttpResponseMessage message, HttpContext context)
    {
        ForwardedHeaders.CopyResponse(message, context.Response, _ => true);
        return true;
    }

    /// <summary>What programs behind a proxy believe about who asks, so nobody but the proxy may say it.</summary>
    private bool IsTrusted(string name)
    {
        // Many servers make no difference between the two signs.
        var plain = name.Replace('_', '-');
        return plain.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || plain.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
            || plain.Equals("X-Scope-OrgID", StringComparison.OrdinalIgnoreCase)
            || plain.StartsWith("X-WebAuth-", StringComparison.OrdinalIgnoreCase)
            || proxyHeaders.Contains(plain);
    }
}
