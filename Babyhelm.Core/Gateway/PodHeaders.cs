using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Gateway;

/// <summary>Between visitors and applications everything crosses but what a proxy alone may say.</summary>
internal sealed class PodHeaders : IForwardRules
{
    public void CopyRequest(HttpContext context, HttpRequestMessage message, bool upgrade)
    {
        ForwardedHeaders.CopyRequest(context.Request, message, upgrade, name => !IsTrusted(name));
        ForwardedHeaders.AddOrigin(context, message, context.Request.Host.Value ?? "", context.Request.Scheme);
    }

    public bool CopyResponse(HttpResponseMessage message, HttpContext context)
    {
        ForwardedHeaders.CopyResponse(message, context.Response, _ => true);
        return true;
    }

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
}
