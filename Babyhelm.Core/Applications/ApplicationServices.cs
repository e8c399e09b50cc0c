using Babyhelm.Core.Applications.Hooks;
using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Applications.Terminals;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Applications;

public static class ApplicationServices
{
    /// <summary>Applications and releases. Needs projects, rollouts, clusters, a cluster client and a work queue.</summary>
    public static IServiceCollection AddApplications(this IServiceCollection services)
    {
        services.AddSingleton<PublicUrls>();
        services.AddSingleton<SecretValues>();
        services.AddSingleton<QuotaGuard>();
        services.AddSingleton<QuotaUsage>();
        services.AddSingleton<RegistryPasswords>();
        services.AddSingleton<RegistryProbe>();
        services.AddSingleton<ProjectRegistries>();
        services.AddSingleton<ReleaseSecrets>();
        services.AddSingleton<ApplicationQueries>();
        services.AddSingleton<ApplicationLogs>();
        services.AddSingleton<DeployRules>();
        services.AddSingleton<ReleaseWriter>();
        services.AddSingleton<ReleaseOperations>();
        services.AddSingleton(p => new DeployApplication(p.GetRequiredService<ReleaseWriter>(), p.GetRequiredService<SecretValues>()));
        services.AddSingleton(p => new StopApplication(p.GetRequiredService<ReleaseWriter>(), p.GetRequiredService<ReleaseOperations>(), p.GetRequiredService<SecretValues>()));
        services.AddSingleton(p => new OperateApplication(
            p.GetRequiredService<ReleaseOperations>(), p.GetRequiredService<ReleaseWriter>(), p.GetRequiredService<SecretValues>(), p.GetRequiredService<QuotaGuard>()));
        services.AddSingleton(p => new ApplicationRuns(
            p.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>(), p.GetRequiredService<ReleaseWriter>(), p.GetRequiredService<KubernetesClient>(),
            p.GetRequiredService<ClusterCache>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ExportApplication>();
        services.AddSingleton<ImportCompose>();
        services.AddSingleton<ProjectTransfer>();
        services.AddSingleton<DeployHooks>();
        services.AddSingleton(p => new ReceiveHook(
            p.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>(), p.GetRequiredService<ReleaseWriter>(), p.GetRequiredService<SecretValues>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ReleaseComparison>();
        services.AddSingleton<PreviewApplication>();
        services.AddSingleton<PreviewTemplate>();
        services.AddOptions<TerminalOptions>().BindConfiguration("Terminal").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OpenTerminal>();
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
        services.AddSingleton<PruneReleases>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<PruneReleases>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<PruneReleases>());
        services.AddHostedService<OwnNamespaces>();
        services.AddHostedService<ReleaseWatch>();
        services.AddHostedService<ReleaseTracker>();
        services.AddHostedService<DriftWatch>();
        return services;
    }
}
