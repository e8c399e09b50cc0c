using System.Security.Claims;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Core.Accounts.External;

/// <summary>Who a person is at a provider.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Key">The person's id there.</param>
/// <param name="Email">Null where the provider tells none.</param>
/// <param name="EmailVerified">Whether the provider has checked the address.</param>
public sealed record ExternalIdentity(string Provider, string Title, string Key, string? Email, bool EmailVerified)
{
    public const string EmailVerifiedClaim = "email_verified";

    public static ExternalIdentity Of(ExternalLoginInfo info) => new(
        info.LoginProvider, info.ProviderDisplayName ?? info.LoginProvider, info.ProviderKey,
        info.Principal.FindFirstValue(ClaimTypes.Email), info.Principal.FindFirstValue(EmailVerifiedClaim) == "true");
}

public enum ExternalOutcome
{
    /// <summary>A user is linked and may come in.</summary>
    Known,

    /// <summary>Linked, but locked or not to sign in now.</summary>
    Refused,

    /// <summary>Linked, but the settings ask for a second factor, and the user's only one is a passkey.</summary>
    NeedsPasskey,

    /// <summary>Nobody is linked, and nobody has the address: an account can be made.</summary>
    New,

    /// <summary>The address has an account: its owner has to sign in and link it.</summary>
    AddressTaken,

    /// <summary>The provider tells no address, or has not checked it.</summary>
    Unverified,

    /// <summary>An account could be made, but registration is not open.</summary>
    Closed,
}
