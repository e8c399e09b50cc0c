using Babyhelm.Core.Kubernetes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Core.Rollouts;

public static class RolloutServices
{
    /// <summary>The cluster cache and what is derived from it. Needs a <see cref="KubernetesClient"/>.</summary>
    public static IServiceCollection AddRollouts(this IServiceCollection services)
    {
        services.AddSingleton<ClusterPulse>();
        services.AddSingleton<ClusterCache>();
        services.AddSingleton<ClusterMetrics>();
        services.AddSingleton<ReleaseBoard>();
        services.AddSingleton<RolloutFeed>();
        services.AddSingleton<CrashLogs>();
        services.AddHostedService<RolloutHost>();
        return services;
    }

    private sealed class RolloutHost(
        ClusterCache cache, ClusterPulse pulse, KubernetesClient cluster, RolloutFeed feed, CrashLogs crashes, ClusterMetrics metrics) : BackgroundService
    {
        // A part that breaks ends the process: what it shows would be believed for ever.
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            metrics.Start();
            return InformerSet.TogetherAsync(stoppingToken, c => cache.RunAsync(cluster, c), pulse.RunAsync, feed.RunAsync, crashes.RunAsync);
        }
    }
}
