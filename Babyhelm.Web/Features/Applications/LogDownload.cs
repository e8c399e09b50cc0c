using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>All of a log that the cluster has, as a file for a browser's session; the API has the same for tokens.</summary>
internal static class LogDownload
{
    public static void MapLogDownload(this WebApplication app) =>
        app.MapGet(Urls.LogDownloadRoute, SendAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> SendAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, ApplicationLogs logs, IHostApplicationLifetime host,
        CancellationToken cancellation, string? pod = null, bool previous = false, bool times = false)
    {
        if (Caller.From(http.User) is not { } caller) return Results.StatusCode(StatusCodes.Status403Forbidden);
        if ((await queries.GetAsync(caller, project, app, cancellation)).Failed(out var error, out var found)) return Results.StatusCode(Problems.Status(error));
        var options = new AppLogOptions { Tail = null, Previous = previous, Pod = pod };
        var key = new AppKey(found.Project.Namespace, found.Name);
        return new LogText(ended => logs.ReadAsync(key, options, ended), Follow: false, Named: pod is null, times, host.ApplicationStopping)
        {
            FileName = $"{found.Project.Name}-{found.Name}.log",
        };
    }
}
