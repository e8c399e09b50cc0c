using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Applications;

/// <summary>The one place that builds addresses of applications.</summary>
public sealed class PublicUrls(IOptions<PublicOptions> options)
{
    private readonly Uri _apps = options.Value.AppsUrl;

    /// <summary>Parent domain of the applications' host names, lower case, without a port.</summary>
    public string AppsDomain { get; } = options.Value.AppsUrl.IdnHost.ToLowerInvariant();

    /// <summary>Address of an application behind the built-in gateway, without a trailing slash.</summary>
    public string Of(string hostLabel) =>
        $"{_apps.Scheme}://{hostLabel}.{_apps.IdnHost}{(_apps.IsDefaultPort ? "" : $":{_apps.Port}")}";

    /// <summary>The label of an application's host name, or null for any other host.</summary>
    public string? HostLabel(string host) =>
        host.Length > AppsDomain.Length + 1
        && host.EndsWith(AppsDomain, StringComparison.OrdinalIgnoreCase)
        && host[^(AppsDomain.Length + 1)] == '.'
            ? host[..^(AppsDomain.Length + 1)].ToLowerInvariant()
            : null;
}
