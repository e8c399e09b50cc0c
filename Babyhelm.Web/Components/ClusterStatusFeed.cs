using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Cluster;

namespace Babyhelm.Web.Components;

/// <summary>Tells the pages what the cluster cache says of the cluster.</summary>
internal sealed class ClusterStatusFeed(ClusterChoice cluster, ClusterCache cache, ClusterStatusSource pages) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = cache.Changes();
        while (true)
        {
            var status = cache.Status;
            pages.Set(status.StaleSince is null
                ? new ClusterStatus(cluster.IsSandbox)
                : new ClusterStatus(cluster.IsSandbox, status.StaleSince, status.LastError, status.Refused) { Cause = status.Cause });
            await changes.TakeAsync(stoppingToken);
        }
    }
}
