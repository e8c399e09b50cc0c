using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Metrics;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.Scoped;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Monitoring;

public static class MonitoringServices
{
    /// <summary>Metrics from Prometheus, each caller's own; panels and alerts. Needs data, applications, the cluster's cache and configuration, and a work queue.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services)
    {
        services.AddOptions<PrometheusOptions>().BindConfiguration("Prometheus").ValidateDataAnnotations().ValidateOnStart();
        // Without the factory's loggers: they write each address, and label values are asked for with the query in it.
        services.AddHttpClient(PrometheusClient.HttpClientName, client => client.Timeout = Timeout.InfiniteTimeSpan).RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                UseCookies = false,
                UseProxy = false,
            });
        services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<MetricStore>();
        services.AddSingleton<MetricsAccess>();
        services.AddSingleton<ClusterState>();
        services.AddHostedService<ScrapeFiles>();
        services.AddSingleton<PlatformFigures>();
        services.AddHostedService(provider => provider.GetRequiredService<PlatformFigures>());
        services.AddSingleton<PrometheusClient>();
        services.AddSingleton<QuerySlots>();
        services.AddSingleton<ScopedPrometheus>();
        services.AddSingleton<PanelFeed>();
        services.AddAlerts();
        return services;
    }
}
