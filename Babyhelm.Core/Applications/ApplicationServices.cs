using Babyhelm.Core.Applications.Terminals;
using Babyhelm.Core.Common;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Applications;

public static class ApplicationServices
{
    /// <summary>Applications and releases. Needs projects, rollouts, clusters, a cluster client and a work queue.</summary>
    public static IServiceCollection AddApplications(this IServiceCollection services)
    {
        services.AddSingleton<PublicUrls>();
        services.AddSingleton<SecretValues>();
        services.AddSingleton<ApplicationQueries>();
        services.AddSingleton<ApplicationLogs>();
        services.AddOptions<TerminalOptions>().BindConfiguration("Terminal").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OpenTerminal>();
        services.AddSingleton<DeployApplication>();
        services.AddSingleton<DeleteApplication>();
        services.AddSingleton<ReleaseFactory>();
        services.AddSingleton<AutomaticRollback>();
        services.AddSingleton<ReleaseTransitions>();
        services.AddSingleton<ReleaseEnding>();
        services.AddSingleton<DriftDetector>();
        services.AddSingleton<DriftKeeper>();
        services.AddSingleton<ApplicationSettings>();
        services.AddSingleton<ReleaseApplier>();
        services.AddSingleton<FailedPods>();
        services.AddSingleton<ReconcileApplication>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<ReconcileApplication>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<ReconcileApplication>());
        services.AddHostedService<ReleaseWatch>();
        services.AddHostedService<ReleaseTracker>();
        services.AddHostedService<DriftWatch>();
        return services;
    }
}
