using System.Security.Claims;
using Babyhelm.Core.Accounts;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Web.Account;

/// <summary>What a sign-in of any kind brings along.</summary>
internal static class SignedIn
{
    /// <summary>Shows things as the account says. Where it leaves them to the device, what was chosen on the device stays.</summary>
    public static async Task ApplyPreferencesAsync(CookieSignedInContext context)
    {
        var users = context.HttpContext.RequestServices.GetRequiredService<UserManager<AppUser>>();
        if (await users.FindByIdAsync(context.Principal?.FindFirstValue(ClaimTypes.NameIdentifier) ?? "") is not { } user) return;
        if (user.Theme != ThemePreference.System) ThemeChoice.Write(context.Response, user.Theme);
        if (user.TimeZone is not null) TimeZones.Write(context.Response, user.TimeZone);
    }
}
