using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Clusters;

public static class ClusterServices
{
    /// <summary>What the cluster is and can do. Needs a cluster client and rollouts.</summary>
    public static IServiceCollection AddClusters(this IServiceCollection services)
    {
        services.AddSingleton<ClusterMonitor>();
        services.AddHostedService(p => p.GetRequiredService<ClusterMonitor>());
        services.AddSingleton<ClusterReports>();
        return services;
    }
}
