using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Account;

/// <summary>
/// Re-checks the user of an open circuit, every minute by default: who is locked, deleted or changed, or whose session ended, is
/// signed out of it; another platform role takes effect. While the database is away nobody can be asked: the user stays
/// until the next check.
/// </summary>
internal sealed class CircuitUserRevalidation(ILoggerFactory loggers, IServiceScopeFactory scopes, IOptions<CircuitOptions> options)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(options.Value.CheckSeconds);

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
        var signIn = scope.ServiceProvider.GetRequiredService<AccountSignIn>();
        if (await signIn.ValidateSecurityStampAsync(state.User) is not { } user) return false;
        if (state.User.IsInRole(user.Role.ToString())) return true;
        var renewed = await signIn.CreateUserPrincipalAsync(user);
        AccountSignIn.KeepSession(state.User, renewed);
        SetAuthenticationState(Task.FromResult(new AuthenticationState(renewed)));
        return true;
    }
}
