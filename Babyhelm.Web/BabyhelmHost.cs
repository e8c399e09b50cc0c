using System.Text;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Data;
using Babyhelm.Core.Gateway;
using Babyhelm.Core.Grafana;
using Babyhelm.Core.Jobs;
using Babyhelm.Core.Monitoring;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Core.Templates;
using Babyhelm.Web.Account;
using Babyhelm.Web.Api;
using Babyhelm.Web.Cluster;
using Babyhelm.Web.Metrics;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web;

/// <summary>What the program is made of, in the order in which requests meet it.</summary>
internal static class BabyhelmHost
{
    /// <param name="args">Settings, for example <c>--Sandbox:Second=00:00:01</c>; they come before those of the environment and of files.</param>
    /// <returns>The program, not yet started. Null, after a message on standard error, when a setting or the cluster can't be used.</returns>
    /// <exception cref="Exception">A setting can't be used; <see cref="StartupFault"/> says it in a line.</exception>
    public static async Task<WebApplication?> BuildAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // Settings and static files lie beside the program, wherever and by whatever it is started.
            ApplicationName = typeof(BabyhelmHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The gateway passes headers on byte for byte.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = 2 * 1024 * 1024; // forms and API; the gateway lifts it for applications
        });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10)); // visitors' long requests are cut then
        if (!builder.AddTrustedProxies() || !builder.AddTelemetry() || !builder.AddDatabase() || !await builder.AddClusterAsync()) return null;
        builder.Services.AddAccounts();
        builder.Services.AddProjects();
        builder.Services.AddTemplates();
        builder.Services.AddAdministration();
        builder.Services.AddRollouts();
        builder.Services.AddClusters();
        builder.Services.AddApplications();
        builder.Services.AddJobs();
        builder.Services.AddMonitoring();
        builder.Services.AddGateway();
        builder.Services.AddGrafana();
        builder.Services.AddWebUi();
        builder.AddExternalProviders();
        builder.Services.AddApi();
        builder.Services.ReadKeysWhenNeeded();

        var app = builder.Build();
        app.Services.GetService<IStartupValidator>()?.Validate(); // before anything starts, so that it ends with one line
        app.UseTrustedProxies();
        app.UseGateway();
        app.UseTraces();
        app.UseApiProblems();
        app.UseExceptionHandler();
        app.UseWebUi();
        app.MapHealth();
        app.MapMetrics();
        app.MapApi();
        app.MapWebUi();
        app.AnnounceAddress();
        return app;
    }
}
