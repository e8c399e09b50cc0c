using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Account;

/// <summary>What js/passkeys.js asks before it talks to the device; the forms send what the device answers.</summary>
internal static class PasskeyEndpoints
{
    public const string CreationPath = "/account/passkeys/creation";
    public const string RequestPath = "/account/passkeys/request";

    public static void MapPasskeys(this WebApplication app)
    {
        app.MapPost(CreationPath, async ([FromForm(Name = "Add.Name")] string? name, [FromForm(Name = "Add.Password")] string? password, HttpContext http, Passkeys passkeys) =>
            (await passkeys.BeginAsync(Caller.From(http.User)!, name, password, http.RequestAborted)).Ok(out var options, out var error)
                ? Json(options)
                : Results.Json(new { problem = error.Public }, statusCode: error is Invalid ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict))
            .WithMetadata(new ReachableWhileAttribute(DueStep.SecondFactor)).RequireAuthorization().RequireRateLimiting(SignInPages.RateLimit).ExcludeFromDescription();
        // Takes a form only for its token: other sites can't start anything here.
        app.MapPost(RequestPath, async ([FromForm(Name = "Credential")] string? _, AccountSignIn signIn) => Json(await signIn.MakePasskeyRequestOptionsAsync(null)))
            .RequireRateLimiting(SignInPages.RateLimit).ExcludeFromDescription();
    }

    private static IResult Json(string options) => Results.Content(options, "application/json");
}
