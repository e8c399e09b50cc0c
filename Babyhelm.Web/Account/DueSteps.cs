using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Account;

/// <summary>A page or route that can be reached while one of these steps is due. All others can't.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReachableWhileAttribute(params DueStep[] steps) : Attribute
{
    public bool Permits(DueStep due) => steps.Contains(due);
}

/// <summary>Who has to choose a password or set up a second factor first is led there, and can do nothing else.</summary>
internal static class DueSteps
{
    /// <summary>Whether a call may go on although this is due.</summary>
    public static bool Permits(HttpContext http, DueStep due) =>
        due == DueStep.None || http.GetEndpoint()?.Metadata.GetMetadata<ReachableWhileAttribute>()?.Permits(due) == true;

    public static Forbidden Refusal(Caller caller) => caller.Due == DueStep.NewPassword
        ? new Forbidden("An administrator chose your password. Choose another first: POST /api/v1/me/password.", "new-password-required")
        : new Forbidden(caller.TokenId is null
            ? "A second factor is required here. Set one up first: POST /api/v1/me/two-factor/key, then PUT /api/v1/me/two-factor."
            : "A second factor is required here. Your tokens work again once you have signed in and set one up.", "second-factor-required");

    /// <summary>For browsers; programs are asked by <see cref="Api.ApiServices"/>. Comes after authentication, before anything that shows something.</summary>
    public static void UseDueSteps(this WebApplication app) => app.Use(static (http, next) =>
    {
        // Without an endpoint there is nothing to reach. Cookies are worth nothing in the API.
        if (http.Features.Get<SessionStanding>() is not { Due: var due } || http.GetEndpoint() is null || http.Request.Path.StartsWithSegments("/api") || Permits(http, due))
            return next(http);
        if (HttpMethods.IsGet(http.Request.Method) && ProblemPages.IsPage(http.Request)) http.Response.Redirect(Urls.Due(due, WayOn(http.Request)));
        else http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>Where the person wanted to go; an open page that was cut off asks for the sign-in page on its way there.</summary>
    private static string WayOn(HttpRequest request) =>
        request.Path == Urls.Login ? Urls.Local(request.Query[Urls.ReturnUrlParameter], Urls.Home) : $"{request.Path}{request.QueryString}";
}
