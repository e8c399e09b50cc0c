using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Grafana;

public static class GrafanaServices
{
    /// <summary>The way to Grafana, and its data source's way back. Needs accounts and data.</summary>
    public static IServiceCollection AddGrafana(this IServiceCollection services)
    {
        services.AddOptions<GrafanaOptions>().BindConfiguration("Grafana").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<GrafanaProxy>();
        services.AddSingleton<DataSourceSignIn>();
        return services;
    }
}
