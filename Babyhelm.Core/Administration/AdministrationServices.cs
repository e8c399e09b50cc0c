using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Core.Administration;

public static class AdministrationServices
{
    /// <summary>Users and the audit log, for platform admins. Needs accounts and projects.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<UserList>();
        services.AddSingleton<OpenInvitations>();
        services.AddSingleton<PersonalData>();
        services.AddScoped<UserAdministration>();
        return services;
    }
}
