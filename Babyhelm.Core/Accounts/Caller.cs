using System.Security.Claims;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Accounts;

/// <summary>Who asks a command to act. Every command takes one and checks it itself.</summary>
public sealed record Caller(Guid UserId, string Email, bool IsAdmin)
{
    /// <summary>Why the caller may not see or do what is for platform admins; null for one of them.</summary>
    public Forbidden? WhyNotAdmin => IsAdmin ? null : new Forbidden("Only a platform admin can see or do this.");

    /// <summary>The signed-in user of a request or circuit; null when nobody is signed in.</summary>
    public static Caller? From(ClaimsPrincipal principal) =>
        principal.Identity?.IsAuthenticated == true
        && Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
            ? new Caller(id, principal.FindFirstValue(ClaimTypes.Email) ?? "", principal.IsInRole(nameof(PlatformRole.Admin)))
            : null;
}
