using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Gateway;

public static class GatewayServices
{
    /// <summary>The reverse proxy in front of applications. Needs applications and the cluster cache.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddOptions<GatewayOptions>().BindConfiguration("Gateway").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<PodDialer>();
        services.AddSingleton(provider => provider.GetRequiredService<PodDialer>().CreateForwarder());
        services.AddSingleton<RouteTable>();
        services.AddHostedService(provider => provider.GetRequiredService<RouteTable>());
        return services;
    }

    /// <summary>First in the pipeline: applications' hosts never reach Babyhelm's own pages.</summary>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app) => app.UseMiddleware<GatewayMiddleware>();
}
