using System.Security.Claims;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts;

public static class AccountServices
{
    /// <summary>Users, passwords, lockout and the commands around them. Needs <see cref="DataServices.AddData"/>.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddIdentityCore<AppUser>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = ""; // e-mail addresses; checked as such
                // Length beats composition rules (NIST SP 800-63B, 5.1.1.2).
                options.Password.RequiredLength = 10;
                options.Password.RequiredUniqueChars = 4;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
            })
            .AddEntityFrameworkStores<BabyhelmDbContext>()
            .AddSignInManager()
            .AddDefaultTokenProviders()
            .AddClaimsPrincipalFactory<RoleClaims>();
        services.AddScoped<RegisterUser>();
        return services;
    }

    /// <summary>Adds the platform role to the signed-in user's claims.</summary>
    private sealed class RoleClaims(UserManager<AppUser> users, IOptions<IdentityOptions> options)
        : UserClaimsPrincipalFactory<AppUser>(users, options)
    {
        protected override async Task<ClaimsIdentity> GenerateClaimsAsync(AppUser user)
        {
            var identity = await base.GenerateClaimsAsync(user);
            identity.AddClaim(new Claim(identity.RoleClaimType, user.Role.ToString()));
            return identity;
        }
    }
}
