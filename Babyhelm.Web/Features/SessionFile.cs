using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Web.Api;

namespace Babyhelm.Web.Features;

/// <summary>A file for a browser's session, as a link on a page leads to it; the API has the same for tokens.</summary>
internal static class SessionFile
{
    /// <summary>Routes of files: for who is signed in, and in no description of the API.</summary>
    public static RouteGroupBuilder MapSessionFiles(this IEndpointRouteBuilder app, string prefix = "") => app.MapGroup(prefix).RequireAuthorization().ExcludeFromDescription();

    /// <summary>The file, or the bare status of the error: a browser shows no problem details.</summary>
    public static async Task<IResult> SendAsync<T>(HttpContext http, Func<Caller, Task<Result<T>>> find, Func<T, IResult> file) =>
        Caller.From(http.User) is not { } caller ? Results.StatusCode(StatusCodes.Status403Forbidden)
        : (await find(caller)).Ok(out var found, out var error) ? file(found) : Results.StatusCode(Problems.Status(error));
}
