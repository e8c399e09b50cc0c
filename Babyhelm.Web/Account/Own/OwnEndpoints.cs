using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Account.Own;

/// <summary>What the account page needs besides its forms.</summary>
internal static class OwnEndpoints
{
    public const string ThemePath = "/account/theme";

    public static void MapOwnAccount(this WebApplication app)
    {
        // The switch in the menu; its script has set the cookie already.
        app.MapPost(ThemePath, async ([FromForm] string? theme, HttpContext http, OwnAccount own) =>
            !Enum.TryParse<ThemePreference>(theme, ignoreCase: true, out var chosen) || !Enum.IsDefined(chosen) ? Results.BadRequest()
            : (await own.SetThemeAsync(MeOf(http), chosen, http.RequestAborted)).Ok(out _, out var error) ? Results.NoContent() : Api.Problems.From(error))
            .RequireAuthorization().ExcludeFromDescription();
        app.MapGet(Urls.PersonalData, (HttpContext http, PersonalData data) => Api.AccountEndpoints.DownloadAsync(data, MeOf(http), http.RequestAborted))
            .RequireAuthorization().ExcludeFromDescription();
    }

    private static Caller MeOf(HttpContext http) => Caller.From(http.User)! with { Address = http.Connection.RemoteIpAddress?.ToString() };
}
