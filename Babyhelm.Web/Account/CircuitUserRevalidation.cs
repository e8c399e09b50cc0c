using Babyhelm.Core.Accounts;
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

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken cancellation) => IsValidAsync(state, cancellation);

    internal async Task<bool> IsValidAsync(AuthenticationState state, CancellationToken cancellation)
    {
        try
        {
            return await CheckAsync(state, cancellation);
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return true;
        }
    }

    private async Task<bool> CheckAsync(AuthenticationState state, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var signIn = scope.ServiceProvider.GetRequiredService<AccountSignIn>();
        if (await signIn.ValidateSecurityStampAsync(state.User) is not { } user) return false;
        // A second factor is required since: led there with the next page, which this makes it ask for.
        if (await scope.ServiceProvider.GetRequiredService<SessionStore>().FindAsync(Caller.From(state.User)!.SessionId!.Value, user.Id, cancellation) is not { Due: DueStep.None }) return false;
        if (state.User.IsInRole(user.Role.ToString())) return true;
        var renewed = await signIn.CreateUserPrincipalAsync(user);
        AccountSignIn.KeepSession(state.User, renewed);
        SetAuthenticationState(Task.FromResult(new AuthenticationState(renewed)));
        return true;
    }
}
