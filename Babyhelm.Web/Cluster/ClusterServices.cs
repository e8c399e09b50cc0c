using Babyhelm.Core.Gateway;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Web.Cluster;

/// <summary>Composition of the cluster; the only place that knows the sandbox.</summary>
internal static class ClusterServices
{
    /// <summary>False, after a message on standard error, when the configured cluster can't be used.</summary>
    public static async Task<bool> AddClusterAsync(this WebApplicationBuilder builder)
    {
        var loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
        var chosen = await ClusterChoice.MakeAsync(builder.Configuration, loggers, CancellationToken.None);
        if (!chosen.Ok(out var choice, out var error))
        {
            Console.Error.WriteLine($"babyhelm: {error.Message}");
            return false;
        }
        builder.Services.AddSingleton(choice);
        builder.Services.AddSingleton(choice.Config);
        builder.Services.AddSingleton(provider => new KubernetesClient(
            choice.Config, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KubernetesClient>>()));
        if (choice.Sandbox is { } sandbox)
        {
            builder.Services.AddHostedService(provider => new SandboxHost(sandbox, provider.GetRequiredService<PodDialer>()));
        }
        return true;
    }

    /// <summary>Says where Babyhelm is and which cluster it works with, once it takes requests.</summary>
    public static void AnnounceAddress(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var choice = app.Services.GetRequiredService<ClusterChoice>();
        var url = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<Core.Common.PublicOptions>>().Value.Url;
        Console.WriteLine();
        Console.WriteLine(choice.IsSandbox
            ? "  No cluster is configured: Babyhelm runs its sandbox, an in-memory cluster that forgets everything at the end."
            : $"  Cluster: {choice.Config.Server} ({choice.Config.Source})");
        Console.WriteLine(choice.IsSandbox ? $"  kubectl can look into it: kubectl --kubeconfig {choice.KubeConfigPath} get pods -A" : "");
        Console.WriteLine($"  Babyhelm is at {url.ToString().TrimEnd('/')}");
        Console.WriteLine();
    });
}
