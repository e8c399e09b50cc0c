using System.Security.Claims;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Accounts;

/// <summary>What a caller's credential allows, from least to most; each includes those before it.</summary>
public enum AccessScope
{
    /// <summary>See what the user sees.</summary>
    Read,

    /// <summary>Create, change and delete applications.</summary>
    Deploy,

    /// <summary>All that the user may do, but nothing with the user's own account.</summary>
    Admin,

    /// <summary>The user in person, signed in with a password, a passkey or through a provider.</summary>
    Session,
}

/// <summary>Who asks a command to act. Every command takes one and checks it itself.</summary>
/// <param name="IsAdmin">Whether the user is a platform admin; what the credential allows of that says <see cref="Scope"/>.</param>
public sealed record Caller(Guid UserId, string Email, bool IsAdmin)
{
    /// <summary>Claim with the id of the session that a principal belongs to.</summary>
    public const string SessionClaim = "sid";

    /// <summary>Claim with the IP address of the request; in no cookie.</summary>
    public const string AddressClaim = "address";

    public AccessScope Scope { get; init; } = AccessScope.Session;

    /// <summary>The one project that the credential is for; null for all of the user's.</summary>
    public Guid? OnlyProject { get; init; }

    /// <summary>The personal token, where the caller has one instead of a session.</summary>
    public Guid? TokenId { get; init; }

    /// <summary>The session, where there is one.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>What the user has to do first: nothing else is answered until then.</summary>
    public DueStep Due { get; init; }

    /// <summary>Where the request came from, for the audit log: an IP address, or null when it is not known.</summary>
    public string? Address { get; init; }

    /// <summary>Why the caller may not see or do what is for platform admins; null for one of them.</summary>
    public Forbidden? WhyNotAdmin =>
        !IsAdmin ? new Forbidden("Only a platform admin can see or do this.") : WhyNotScope(AccessScope.Admin) ?? WhyNotEverywhere;

    /// <summary>Why the caller may not change the own account; null in person.</summary>
    public Forbidden? WhyNotInPerson => WhyNotScope(AccessScope.Session);

    /// <summary>Why a token for one project is not enough; null for all others.</summary>
    public Forbidden? WhyNotEverywhere => OnlyProject is null ? null : new Forbidden("This token is for one project only.");

    /// <summary>Why the credential is not enough for what needs this scope; null when it is.</summary>
    public Forbidden? WhyNotScope(AccessScope needed) => Scope >= needed ? null : new Forbidden(needed == AccessScope.Session
        ? "A personal access token can't do this. Sign in instead."
        : $"This token has the scope '{Scope.ToString().ToLowerInvariant()}'; this needs '{needed.ToString().ToLowerInvariant()}'.");

    /// <summary>A user who acts before a session has begun.</summary>
    public static Caller Of(AppUser user, string? address) => new(user.Id, user.Email!, user.Role == PlatformRole.Admin) { Address = address };

    /// <summary>The signed-in user of a request or circuit; null when nobody is signed in.</summary>
    public static Caller? From(ClaimsPrincipal principal) =>
        principal.Identity?.IsAuthenticated == true
        && Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
            ? new Caller(id, principal.FindFirstValue(ClaimTypes.Email) ?? "", principal.IsInRole(nameof(PlatformRole.Admin)))
            {
                SessionId = Guid.TryParse(principal.FindFirstValue(SessionClaim), out var session) ? session : null,
                Address = principal.FindFirstValue(AddressClaim),
            }
            : null;

    /// <summary>The principal that says where its request came from. A copy: the cookie is renewed from the given one.</summary>
    public static ClaimsPrincipal WithAddress(ClaimsPrincipal principal, string address)
    {
        var copy = principal.Clone();
        copy.AddIdentity(new ClaimsIdentity([new Claim(AddressClaim, address)]));
        return copy;
    }
}
