using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Applications;

/// <summary>Section <c>Public</c>: the addresses under which browsers reach this installation.</summary>
public sealed class PublicOptions : IValidatableObject
{
    [Required]
    public Uri Url { get; set; } = new("http://localhost:5080");

    /// <summary>
    /// Parent of the applications' host names. The host of <see cref="Url"/> is neither this nor below it: an application
    /// could set cookies for it.
    /// </summary>
    [Required]
    public Uri AppsUrl { get; set; } = new("http://apps.localhost:5080");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, url) in new[] { (nameof(Url), Url), (nameof(AppsUrl), AppsUrl) })
            if (url is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/" })
                yield return new ValidationResult($"Public:{name} must be an address like http://example.com:5080, not '{url}'.", [name]);
        if (Url is { IsAbsoluteUri: true } && AppsUrl is { IsAbsoluteUri: true } && $".{Url.IdnHost}".EndsWith($".{AppsUrl.IdnHost}", StringComparison.OrdinalIgnoreCase))
            yield return new ValidationResult(
                $"Public:Url must not have the host of Public:AppsUrl or one below it ({AppsUrl.IdnHost}): an application could set cookies for it.", [nameof(Url)]);
    }
}

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
