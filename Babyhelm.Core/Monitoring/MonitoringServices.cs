using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.Scoped;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Monitoring;

public static class MonitoringServices
{
    /// <summary>Metrics from Prometheus, each caller's own. Needs data, applications, the cluster cache and a work queue.</summary>
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
        services.AddSingleton<PrometheusClient>();
        services.AddSingleton<QuerySlots>();
        services.AddSingleton<ScopedPrometheus>();
        services.AddAlerts();
        return services;
    }
}
