using Babyhelm.Core.Kubernetes;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Core.Applications;

/// <summary>What the cluster can do, asked at start and every 5 minutes. Until it has answered, everything is assumed.</summary>
public sealed class ClusterFeatures(KubernetesClient cluster, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);
    private volatile ClusterApis? _apis;

    /// <summary>False on a cluster without autoscaling/v2 (before Kubernetes 1.23).</summary>
    public bool CanAutoscale => _apis?.Serves(ResourceType.HorizontalPodAutoscalers) ?? true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var found = await cluster.DiscoverAsync(stoppingToken);
            if (found.Ok(out var apis, out _)) _apis = apis;
            await Task.Delay(found.Error is null ? Interval : Retry, time, stoppingToken);
        }
    }
}
