using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects.Quotas;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Projects;

public static class ProjectServices
{
    /// <summary>Projects with their namespaces. Needs data, accounts, a cluster client and a work queue.</summary>
    public static IServiceCollection AddProjects(this IServiceCollection services)
    {
        services.AddOptions<ProjectOptions>().BindConfiguration("Projects").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<CurrentTemplates>();
        services.AddSingleton<ProjectCommands>();
        services.AddSingleton<ProjectMembers>();
        services.AddSingleton<ExpiredInvitations>();
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<ExpiredInvitations>());
        services.AddSingleton<NamespaceProvisioner>();
        services.AddSingleton<QuotaCommands>();
        services.AddSingleton<ApplyQuota>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<ApplyQuota>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<ApplyQuota>());
        services.AddSingleton<ProvisionProject>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<ProvisionProject>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<ProvisionProject>());
        services.AddSingleton<DeleteProject>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<DeleteProject>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<DeleteProject>());
        return services;
    }
}
