using Babyhelm.Core.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Grafana;

public static class GrafanaServices
{
    /// <summary>The way to Grafana, and its data source's way back. Needs accounts, data and the gateway.</summary>
    public static IServiceCollection AddGrafana(this IServiceCollection services)
    {
        services.AddOptions<GrafanaOptions>().BindConfiguration("Grafana").ValidateDataAnnotations().ValidateOnStart();
        // Behind the gateway such a header must not come from a visitor either.
        services.AddOptions<GatewayOptions>().PostConfigure<IOptions<GrafanaOptions>>((gateway, grafana) => gateway.ProxyHeaders.UnionWith(grafana.Value.UserHeaders));
        services.AddSingleton(_ => new GrafanaTurns(GrafanaTurns.AtOnce));
        services.AddSingleton<GrafanaProxy>();
        services.AddSingleton<DataSourceSignIn>();
        return services;
    }
}
