using System.ComponentModel.DataAnnotations;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Accounts.External;

/// <summary>Section <c>Accounts:Providers</c>: who else may say who a person is. OAuth 2 with a user-info address, as OpenID Connect has it.</summary>
public sealed class ExternalProviderOptions
{
    /// <summary>A <see cref="Slug"/>; part of the callback address <c>/account/external/{name}/callback</c> and of stored links: never change it.</summary>
    public string Name { get; set; } = "";

    /// <summary>On the button, for example <c>GitHub</c>.</summary>
    public string? Title { get; set; }
    public string? ClientId { get; set; }
    public string? ClientSecret { get; set; }
    public Uri? AuthorizationUrl { get; set; }
    public Uri? TokenUrl { get; set; }
    public Uri? UserInfoUrl { get; set; }

    /// <summary>Where a provider keeps addresses apart from the user, as GitHub does: an array of <c>{email, primary, verified}</c>.</summary>
    public Uri? EmailsUrl { get; set; }
    public List<string> Scopes { get; set; } = [];

    /// <summary>Field of the user info that never changes for a person.</summary>
    public string IdField { get; set; } = "sub";
    public string EmailField { get; set; } = "email";

    /// <summary>Field that says whether the provider has checked the address; without it no address counts as checked.</summary>
    public string EmailVerifiedField { get; set; } = "email_verified";

    internal IEnumerable<string> Problems(int index)
    {
        var at = $"Accounts:Providers:{index}";
        if (Slug.Problem(Name) is { } problem) yield return $"{at}:Name '{Name}': {problem}";
        if (string.IsNullOrWhiteSpace(ClientId)) yield return $"{at}:ClientId is missing.";
        if (string.IsNullOrWhiteSpace(ClientSecret)) yield return $"{at}:ClientSecret is missing.";
        foreach (var (field, url, needed) in new[]
        {
            (nameof(AuthorizationUrl), AuthorizationUrl, true), (nameof(TokenUrl), TokenUrl, true), (nameof(UserInfoUrl), UserInfoUrl, true), (nameof(EmailsUrl), EmailsUrl, false),
        })
            if (url is null ? needed : !IsSafe(url)) yield return $"{at}:{field} must be an https address (http on this machine only), not '{url}'.";
    }

    private static bool IsSafe(Uri url) => url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));
}

/// <summary>Section <c>Accounts</c>.</summary>
public sealed class AccountOptions : IValidatableObject
{
    public List<ExternalProviderOptions> Providers { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in Providers.SelectMany((p, i) => p.Problems(i))) yield return new ValidationResult(problem, [nameof(Providers)]);
        foreach (var twice in Providers.GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
            yield return new ValidationResult($"Accounts:Providers has '{twice.Key}' more than once.", [nameof(Providers)]);
    }
}
