using Babyhelm.Core.Accounts;
using Microsoft.AspNetCore.Components.Authorization;

namespace Babyhelm.Web.Components;

/// <summary>The signed-in user of this request or circuit, for commands.</summary>
internal sealed class CurrentUser(AuthenticationStateProvider provider)
{
    /// <summary>Null when nobody is signed in (any more).</summary>
    public async Task<Caller?> FindAsync() => Caller.From((await provider.GetAuthenticationStateAsync()).User);

    /// <summary>For pages that only signed-in users reach.</summary>
    public async Task<Caller> GetAsync() => await FindAsync() ?? throw new InvalidOperationException("Nobody is signed in.");
}
