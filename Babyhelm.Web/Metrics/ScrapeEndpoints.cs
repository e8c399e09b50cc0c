using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Metrics;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Metrics;

/// <summary>What Prometheus scrapes: the process's own series, and those of the cluster's objects.</summary>
internal static class ScrapeEndpoints
{
    public const string Own = "/metrics";
    public const string Cluster = "/metrics/cluster";

    public static void MapMetrics(this WebApplication app)
    {
        var store = app.Services.GetRequiredService<MetricStore>(); // listens from now on: what is before the first scrape counts too
        app.MapGet(Own, (HttpContext http, MetricsAccess access) => Answer(http, access, text => MetricExposition.Write(text, store.Collect())))
            .ExcludeFromDescription().DisableHttpMetrics();
        app.MapGet(Cluster, (HttpContext http, MetricsAccess access, IOptions<MetricsOptions> options, ClusterState state) =>
            options.Value.ClusterState ? Answer(http, access, state.Write) : Results.Text("This is switched off by Metrics:ClusterState.\n", statusCode: StatusCodes.Status404NotFound))
            .ExcludeFromDescription().DisableHttpMetrics();
    }

    private static IResult Answer(HttpContext http, MetricsAccess access, Action<MetricText> write)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!access.Allows(http)) return Refusal(http, access);
        var text = new MetricText(http.Request.Headers.Accept.Any(a => a?.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) == true));
        write(text);
        return Results.Text(text.End(), text.ContentType);
    }

    private static IResult Refusal(HttpContext http, MetricsAccess access)
    {
        if (!access.WantsToken) return Results.Text("Metrics are for this machine alone. Set Metrics:Token to read them from elsewhere.\n", statusCode: StatusCodes.Status403Forbidden);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Text("Send the token of Metrics:Token as Authorization: Bearer.\n", statusCode: StatusCodes.Status401Unauthorized);
    }
}
