using Babyhelm.Core.Data;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Templates;

public static class TemplateServices
{
    /// <summary>Templates that platform admins change. Needs data, accounts and projects.</summary>
    public static IServiceCollection AddTemplates(this IServiceCollection services)
    {
        services.AddSingleton<TemplateNames>();
        services.AddSingleton<TemplateStore>();
        services.AddSingleton<IDatabaseStep>(p => p.GetRequiredService<TemplateStore>());
        services.AddHostedService(p => p.GetRequiredService<TemplateStore>());
        services.AddSingleton<TemplateCommands>();
        return services;
    }
}
