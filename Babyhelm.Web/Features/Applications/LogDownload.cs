using Babyhelm.Core.Applications;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Api;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>All of a log that the cluster has, as a file.</summary>
internal static class LogDownload
{
    public static void MapLogDownload(this WebApplication app) =>
        app.MapSessionFiles().MapGet(Urls.LogDownloadRoute, SendAsync);

    private static Task<IResult> SendAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, ApplicationLogs logs, IHostApplicationLifetime host,
        CancellationToken cancellation, string? pod = null, bool previous = false, bool times = false) =>
        SessionFile.SendAsync(http, caller => queries.GetAsync(caller, project, app, cancellation), found =>
        {
            var options = new AppLogOptions { Tail = null, Previous = previous, Pod = pod };
            var key = new AppKey(found.Project.Namespace, found.Name);
            return new LogText(ended => logs.ReadAsync(key, options, ended), Follow: false, Named: pod is null, times, host.ApplicationStopping)
            {
                FileName = $"{found.Project.Name}-{found.Name}.log",
            };
        });
}
