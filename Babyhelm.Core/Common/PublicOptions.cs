using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Common;

/// <summary>Section <c>Public</c>: the addresses under which browsers reach this installation.</summary>
public sealed class PublicOptions : IValidatableObject
{
    [Required]
    public Uri Url { get; set; } = new("http://localhost:5080");

    /// <summary>Parent of the applications' host names; never the host of <see cref="Url"/> itself.</summary>
    [Required]
    public Uri AppsUrl { get; set; } = new("http://apps.localhost:5080");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, url) in new[] { (nameof(Url), Url), (nameof(AppsUrl), AppsUrl) })
            if (url is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/" })
                yield return new ValidationResult($"Public:{name} must be an address like http://example.com:5080, not '{url}'.", [name]);
    }
}
