using Microsoft.AspNetCore.HttpOverrides;

namespace Babyhelm.Web;

/// <summary>
/// Takes the visitor's address and scheme from <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> of proxies in front:
/// those on this machine, and those in the networks of <see cref="Setting"/>. What anybody else sends counts for nothing.
/// The host is not taken: a proxy has to pass <c>Host</c> on, and so no header chooses an application or a link.
/// </summary>
internal static class TrustedProxies
{
    /// <summary>Networks in CIDR form, apart by commas, for example <c>10.0.0.0/8,fd00::/8</c>.</summary>
    public const string Setting = "Proxy:TrustedNetworks";

    /// <summary>False, after a message on standard error, when the setting can't be read.</summary>
    public static bool AddTrustedProxies(this WebApplicationBuilder builder)
    {
        var networks = new List<System.Net.IPNetwork>();
        foreach (var text in (builder.Configuration[Setting] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!System.Net.IPNetwork.TryParse(text, out var network))
            {
                Console.Error.WriteLine($"babyhelm: {Setting} takes networks like 10.0.0.0/8, apart by commas; '{text}' is none.");
                return false;
            }
            networks.Add(network);
        }
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.ForwardLimit = null; // as many proxies as there are, each of them a trusted one
            foreach (var network in networks) options.KnownIPNetworks.Add(network); // beside loopback
        });
        return true;
    }

    /// <summary>Comes before everything that looks at the visitor's address or scheme.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.Use(static (context, next) =>
        {
            // The proxy's own address is no business of the applications behind the gateway.
            context.Request.Headers.Remove(ForwardedHeadersDefaults.XOriginalForHeaderName);
            context.Request.Headers.Remove(ForwardedHeadersDefaults.XOriginalProtoHeaderName);
            return next(context);
        });
    }
}
