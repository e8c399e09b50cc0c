using Babyhelm.Core.Monitoring.Metrics;

namespace Babyhelm.Web.Api;

/// <summary>What the process does, for platform admins.</summary>
internal static class PlatformEndpoints
{
    public static void MapPlatformEndpoints(this IEndpointRouteBuilder api) => api.MapGet("/admin/platform",
            async (HttpContext http, PlatformFigures figures, CancellationToken cancellation) => (await figures.GetAsync(BearerTokens.CallerOf(http), cancellation)).Answer(report => report))
        .WithTags("Administration").WithSummary("Figures of the process that answers: requests, jobs, rollouts and what it watches; rates are of the last minute")
        .Produces<PlatformReport>().ProducesProblem(403);
}
