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
        app.MapGet(Urls.PersonalData, (HttpContext http, PersonalData data) => DownloadAsync(data, MeOf(http), http.RequestAborted))
            .RequireAuthorization().ExcludeFromDescription();
    }

    /// <summary>A file with all that is stored about the caller.</summary>
    public static async Task<IResult> DownloadAsync(PersonalData data, Caller caller, CancellationToken cancellation) =>
        (await data.ReadAsync(caller, cancellation)).Ok(out var stored, out var error)
            ? Results.File(PersonalData.ToJson(stored), "application/json", "babyhelm-account.json")
            : Api.Problems.From(error);

    private static Caller MeOf(HttpContext http) => Caller.From(http.User)! with { Address = http.Connection.RemoteIpAddress?.ToString() };
}
