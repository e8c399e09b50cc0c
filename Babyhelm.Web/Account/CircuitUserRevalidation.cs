using Babyhelm.Core.Accounts;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Account;

/// <summary>
/// Re-checks the user of an open circuit every minute; a locked, deleted or changed user is signed out of it. While the
/// database is away nobody can be asked: the user stays until the next check.
/// </summary>
internal sealed class CircuitUserRevalidation(
    ILoggerFactory loggers, IServiceScopeFactory scopes, IOptions<IdentityOptions> options)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(1);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken cancellation) => IsValidAsync(state);

    internal async Task<bool> IsValidAsync(AuthenticationState state)
    {
        try
        {
            return await CheckAsync(state);
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return true;
        }
    }

    private async Task<bool> CheckAsync(AuthenticationState state)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        if (await users.GetUserAsync(state.User) is not { } user) return false;
        if (await users.IsLockedOutAsync(user)) return false;
        return state.User.FindFirst(options.Value.ClaimsIdentity.SecurityStampClaimType)?.Value == await users.GetSecurityStampAsync(user);
    }
}
