using Babyhelm.Core.Clusters;
using Babyhelm.Web.Cluster;

namespace Babyhelm.Web.Api;

/// <summary>The cluster, for platform admins.</summary>
internal static class ClusterEndpoints
{
    public static void MapClusterEndpoints(this IEndpointRouteBuilder api)
    {
        var cluster = api.MapGroup("/admin/cluster").WithTags("Administration");
        cluster.MapGet("", async (HttpContext http, ClusterReports reports, ClusterChoice choice, CancellationToken cancellation) =>
            (await reports.GetAsync(BearerTokens.CallerOf(http), cancellation)).Answer(report => ClusterAnswer.Of(report, choice.IsSandbox)))
            .WithSummary("The cluster as it is known: preflight, permissions, APIs and nodes; asks the cluster nothing")
            .Produces<ClusterAnswer>().ProducesProblem(403);
        cluster.MapPost("/refresh", async (HttpContext http, ClusterReports reports, ClusterChoice choice, CancellationToken cancellation) =>
            (await reports.RefreshAsync(BearerTokens.CallerOf(http), cancellation)).Answer(report => ClusterAnswer.Of(report, choice.IsSandbox)))
            .WithSummary("Check the cluster now, for up to a minute, and answer what is known then; a cluster that does not answer is no error")
            .Produces<ClusterAnswer>().ProducesProblem(403);
    }
}
