using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Applications;

/// <summary>The one place that builds addresses of applications.</summary>
public sealed class PublicUrls(IOptions<PublicOptions> options)
{
    private readonly Uri _apps = options.Value.AppsUrl;
    private readonly string _own = options.Value.Url.IdnHost;

    /// <summary>Parent domain of the applications' host names, lower case, without a port.</summary>
    public string AppsDomain { get; } = options.Value.AppsUrl.IdnHost.ToLowerInvariant();

    /// <summary>Address of an application behind the built-in gateway, without a trailing slash.</summary>
    public string Of(string hostLabel) =>
        $"{_apps.Scheme}://{hostLabel}.{_apps.IdnHost}{(_apps.IsDefaultPort ? "" : $":{_apps.Port}")}";

    /// <summary>
    /// Address at which a web application is reached from outside, however it is exposed; null where it is not, and until its
    /// load balancer has one.
    /// </summary>
    /// <param name="loadBalancer">Host name or IP address that the cluster gave it.</param>
    public string? Of(AppSpec spec, string hostLabel, string? loadBalancer) => spec.Kind != AppKind.Web ? null : spec.Expose switch
    {
        { Type: ExposeType.Gateway } => Of(hostLabel),
        { Type: ExposeType.Ingress, Host: { } host } => $"{(spec.Expose.Tls ? "https" : "http")}://{host}",
        { Type: ExposeType.LoadBalancer } => OfLoadBalancer(spec, loadBalancer),
        _ => null,
    };

    /// <summary>The first port's address; TLS where the port is the one that is known for it.</summary>
    public static string? OfLoadBalancer(AppSpec spec, string? address)
    {
        if (string.IsNullOrEmpty(address) || spec.Ports.Count == 0) return null;
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        return spec.Ports[0].Port switch { 443 => $"https://{host}", 80 => $"http://{host}", var port => $"http://{host}:{port}" };
    }

    /// <summary>Whether Babyhelm itself, or its gateway for an application, answers at a host name.</summary>
    public bool IsOwn(string host) =>
        host.Equals(_own, StringComparison.OrdinalIgnoreCase) || host.Equals(AppsDomain, StringComparison.OrdinalIgnoreCase) || HostLabel(host) is not null;

    /// <summary>The label of an application's host name, or null for any other host.</summary>
    public string? HostLabel(string host) =>
        host.Length > AppsDomain.Length + 1
        && host.EndsWith(AppsDomain, StringComparison.OrdinalIgnoreCase)
        && host[^(AppsDomain.Length + 1)] == '.'
            ? host[..^(AppsDomain.Length + 1)].ToLowerInvariant()
            : null;
}
