using System.Security.Claims;
using Babyhelm.Core.Accounts.External;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Common.Outbound;
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
                options.Password.RequiredLength = Passwords.MinLength;
                options.Password.RequiredUniqueChars = 4;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.SignIn.RequireConfirmedAccount = true; // see ConfirmedWhereMailIsSent
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
            })
            .AddUserStore<AccountStore>()
            .AddSignInManager<AccountSignIn>()
            .AddDefaultTokenProviders()
            .AddPasswordValidator<PasswordRules>()
            .AddClaimsPrincipalFactory<RoleClaims>();
        services.AddHttpContextAccessor();
        services.AddSingleton<UserTokenProtection>();
        services.AddScoped(p => (IUserAuthenticatorKeyStore<AppUser>)p.GetRequiredService<IUserStore<AppUser>>());
        services.AddSingleton<OldUserTokens>();
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<OldUserTokens>());
        services.Configure<SecurityStampValidatorOptions>(stamp =>
        {
            stamp.ValidationInterval = TimeSpan.FromMinutes(1);
            stamp.OnRefreshingPrincipal = KeepSession;
        });
        services.AddOptions<PublicOptions>().BindConfiguration("Public").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<RefusalCounts>();
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<RefusalCounts>());
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ApiSessions>();
        services.AddSingleton<TokenSignIn>();
        services.AddSingleton<PersonalTokens>();
        services.AddSingleton<PlatformSettingsCommands>();
        services.AddSingleton(p => new GuardedHttp(p.GetRequiredService<PlatformSettingsCommands>().OutboundNetworksAsync));
        services.AddSingleton<Outbox>();
        services.AddSingleton<SendMail>();
        services.AddSingleton<IWorkHandler>(p => p.GetRequiredService<SendMail>());
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<SendMail>());
        services.Configure<DataProtectionTokenProviderOptions>(links => links.TokenLifespan = AccountMails.LinkLifetime);
        // Where mails are sent, an address is confirmed before its account signs in. The first one need not: it sets mail up.
        services.AddScoped<IUserConfirmation<AppUser>, ConfirmedWhereMailIsSent>();
        services.AddSingleton<AccountMails>();
        services.AddSingleton<Invitations>();
        services.AddScoped(p => (AccountSignIn)p.GetRequiredService<SignInManager<AppUser>>());
        services.AddScoped<OneTimeCodes>();
        services.AddScoped<SignInAttempts>();
        services.AddScoped<SignInLog>();
        services.AddSingleton<ExpiredAccounts>();
        services.AddSingleton<IWorkSource>(p => p.GetRequiredService<ExpiredAccounts>());
        services.AddScoped<AccountRecovery>();
        services.AddOptions<AccountOptions>().BindConfiguration("Accounts").ValidateDataAnnotations().ValidateOnStart();
        services.AddScoped<ExternalSignIn>();
        services.AddScoped<OwnAccount>();
        services.AddScoped<Passkeys>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<IOptions<PublicOptions>>((passkeys, site) =>
        {
            // Theirs for good: a passkey belongs to this host name, whatever name a request came by.
            passkeys.ServerDomain = site.Value.Url.Host;
            passkeys.UserVerificationRequirement = "required"; // it stands for password and code
            passkeys.ResidentKeyRequirement = "required"; // nobody types an address first
        });
        services.AddScoped<RegisterUser>();
        return services;
    }

    /// <summary>A renewed principal is made from the user alone; what the sign-in added goes over from the old one.</summary>
    private static Task KeepSession(SecurityStampRefreshingPrincipalContext context)
    {
        AccountSignIn.KeepSession(context.CurrentPrincipal!, context.NewPrincipal!);
        return Task.CompletedTask;
    }

    private sealed class ConfirmedWhereMailIsSent(Outbox outbox) : IUserConfirmation<AppUser>
    {
        public Task<bool> IsConfirmedAsync(UserManager<AppUser> manager, AppUser user) =>
            Task.FromResult(!outbox.Sends || user.EmailConfirmed || user.Role == PlatformRole.Admin);
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
