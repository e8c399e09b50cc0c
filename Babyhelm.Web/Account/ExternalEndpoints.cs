using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Account;

/// <summary>Where the way to a provider begins. By form only: a link from elsewhere must not sign anybody in, or link an account.</summary>
internal static class ExternalEndpoints
{
    public static void MapExternalSignIn(this WebApplication app)
    {
        app.MapPost(Urls.ExternalLogin, async ([FromForm] string? provider, [FromForm] string? returnUrl, AccountSignIn signIn) =>
            await ChallengeAsync(signIn, provider, Urls.ExternalThen(returnUrl), userId: null)).RequireRateLimiting(SignInPages.RateLimit).ExcludeFromDescription();
        app.MapPost(Urls.ExternalLink, async ([FromForm] string? provider, HttpContext http, AccountSignIn signIn) =>
            Caller.From(http.User) is { } caller
                ? await ChallengeAsync(signIn, provider, Urls.ExternalLinkDone, caller.UserId.ToString())
                : Results.LocalRedirect(Urls.Login)).RequireRateLimiting(SignInPages.RateLimit).ExcludeFromDescription();
    }

    private static async Task<IResult> ChallengeAsync(AccountSignIn signIn, string? provider, string then, string? userId)
    {
        if (!(await signIn.GetExternalAuthenticationSchemesAsync()).Any(s => s.Name == provider)) return Results.LocalRedirect(Urls.ExternalFailed);
        return Results.Challenge(signIn.ConfigureExternalAuthenticationProperties(provider, then, userId), [provider!]);
    }
}
