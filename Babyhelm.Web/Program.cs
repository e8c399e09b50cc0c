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
using Babyhelm.Web;
using Babyhelm.Web.Account;
using Babyhelm.Web.Api;
using Babyhelm.Web.Cluster;
using Babyhelm.Web.Metrics;
using Microsoft.Extensions.Options;

try
{
    // Settings and static files lie beside the program, wherever it is started from.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
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
    if (!builder.AddTrustedProxies() || !builder.AddTelemetry() || !builder.AddDatabase() || !await builder.AddClusterAsync()) return 1;
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
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (StartupFault.Describe(e) is { } problem)
{
    Console.Error.WriteLine($"babyhelm: {problem}");
    return 1;
}
