using Babyhelm.Core.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Web.Api;

/// <summary>Finds out who calls, afresh on every request: a locked or deleted user's token stops working at once.</summary>
internal sealed class CallerFilter(UserManager<AppUser> users) : IEndpointFilter
{
    private static readonly object Key = new();

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (await users.GetUserAsync(http.User) is not { } user || await users.IsLockedOutAsync(user))
            return Results.Problem(statusCode: 401, title: Problems.Title(401), detail: "This account can't sign in now.",
                extensions: new Dictionary<string, object?> { ["code"] = "unauthorized" });
        http.Items[Key] = new Caller(user.Id, user.Email!, user.Role == PlatformRole.Admin);
        return await next(context);
    }

    public static Caller Of(HttpContext context) => (Caller)context.Items[Key]!;
}
