using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Web.Account;
using Babyhelm.Web.Account.Own;
using Babyhelm.Web.Components;
using Babyhelm.Web.Features.Alerts;
using Babyhelm.Web.Features.Applications;
using Babyhelm.Web.Features.Audit;
using Babyhelm.Web.Grafana;
using Babyhelm.Web.Terminals;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Identity;
using Radzen;

namespace Babyhelm.Web;

/// <summary>The pages: services, middleware and endpoints.</summary>
internal static class WebUi
{
    // A variable's value has up to 64 KiB; as JSON a character takes up to 6 bytes, yet hardly any do.
    private const int MaxMessageBytes = 256 * 1024;

    public static IServiceCollection AddWebUi(this IServiceCollection services)
    {
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(options =>
        {
            options.Cookie = new LoopbackAwareCookie { Name = "babyhelm", HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
            options.CookieManager = new HostCookieManager();
            options.LoginPath = Urls.Login;
            options.LogoutPath = Urls.Logout;
            options.AccessDeniedPath = Urls.Denied;
            options.ReturnUrlParameter = Urls.ReturnUrlParameter;
            options.ExpireTimeSpan = SessionStore.BrowserIdle;
            options.Events.OnValidatePrincipal = CookieSession.ValidateAsync;
            options.Events.OnRedirectToAccessDenied = CookieSession.DenyAsync;
            options.Events.OnSignedIn = SignedIn.ApplyPreferencesAsync;
        });
        // Between two steps of a sign-in, and while a passkey is asked for: 5 minutes.
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.TwoFactorUserIdScheme, options =>
        {
            options.Cookie = new LoopbackAwareCookie { Name = "babyhelm-step", HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true };
            options.CookieManager = new HostCookieManager();
        });
        // Between a provider's answer and what is done with it. Lax: the way back from there begins on another site.
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.ExternalScheme, options =>
        {
            options.Cookie = new LoopbackAwareCookie { Name = "babyhelm-external", HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
            options.CookieManager = new HostCookieManager();
            options.ExpireTimeSpan = TimeSpan.FromMinutes(10);
        });
        services.AddAntiforgery(options =>
        {
            options.Cookie = new LoopbackAwareCookie { Name = "babyhelm-form", HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true };
            options.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        services.AddAuthorization();
        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = SignInPages.NoteLimitedAsync;
            options.AddPolicy(SignInPages.RateLimit, SignInPages.LimitPosts);
        });
        services.AddCascadingAuthenticationState();
        services.AddOptions<CircuitOptions>().BindConfiguration("Circuits").ValidateDataAnnotations().ValidateOnStart();
        services.AddScoped<AuthenticationStateProvider, CircuitUserRevalidation>();
        services.AddScoped<CurrentUser>();
        services.AddSingleton<ScopedCommands>();
        services.AddSingleton<HookUrls>();
        services.AddSingleton<AlertsReader>();
        services.AddScoped<PasswordSignIn>();
        services.AddSingleton<ClusterStatusSource>();
        services.AddHostedService<ClusterStatusFeed>();
        services.AddRadzenComponents();
        services.AddRazorComponents().AddInteractiveServerComponents()
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        return services;
    }

    /// <summary>Comes after whatever answers for tenants' own host names.</summary>
    public static void UseWebUi(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<CircuitOrigin>();
        app.UseMiddleware<ProblemPages>();
        app.UseStatusCodePagesWithReExecute(Urls.NotFound, createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            // Only missing pages get the page inside the shell; ProblemPages answers the rest.
            if (context.Features.Get<IStatusCodePagesFeature>() is { } feature)
                feature.Enabled = HttpMethods.IsGet(context.Request.Method) && ProblemPages.IsPage(context.Request);
            return next(context);
        });
        app.UseAuthentication();
        app.Use(static (context, next) =>
        {
            // A circuit knows its user and nothing else of the request that began it; the audit log says from where.
            if (context.User.Identity?.IsAuthenticated == true && context.Connection.RemoteIpAddress is { } address)
                context.User = Caller.WithAddress(context.User, address.ToString());
            return next(context);
        });
        app.UseDueSteps();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.UseTerminals();
        app.UseAntiforgery();
        app.Use(static (context, next) =>
        {
            // In place of the framework's bare line; ProblemPages says it in words.
            if (context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: false } form) return next(context);
            context.RequestServices.GetRequiredService<RefusalCounts>().Add(RefusalCounts.ForeignForm, context.Connection.RemoteIpAddress);
            context.Response.StatusCode = PageProblem.OfForm(form.Error);
            return Task.CompletedTask;
        });
    }

    public static void MapWebUi(this WebApplication app)
    {
        app.MapStaticAssets();
        // SecurityHeaders sets the one policy; the default of this would be a second header.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
        app.MapSignOut();
        app.MapAuditDownloads();
        app.MapLogDownload();
        app.MapExportDownloads();
        app.MapTerminals();
        app.MapGrafana();
        app.MapExternalSignIn();
        app.MapOwnAccount();
        app.MapPasskeys();
    }
}
