using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Bench;

/// <summary>Applications as Babyhelm applies them, in projects of fifty, made through the API; the cluster's own controllers do the rest.</summary>
internal static class Population
{
    private const int AppsPerProject = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static string NamespaceOf(int app) => $"bh-bench{app / AppsPerProject}";

    public static string NameOf(int app) => $"app{app}";

    public static async Task CreateAsync(KubernetesClient client, InformerOptions options, CancellationToken cancellation)
    {
        var builder = new ManifestBuilder(ManifestTemplates.BuiltIn);
        for (var first = 0; first < options.Apps; first += AppsPerProject)
            await ApplyAsync(client, builder.BuildNamespace(new NamespaceContext
            {
                ProjectId = NamespaceOf(first),
                ProjectName = Project(first),
                Namespace = NamespaceOf(first),
                Quota = new ProjectQuota { Cpu = "10k", Memory = "10Ti", CpuLimit = "10k", MemoryLimit = "10Ti", Pods = 10_000 },
            }).Value, cancellation);
        Console.Error.WriteLine($"creating {options.Apps} applications of {options.Pods} pods");
        await Parallel.ForAsync(0, options.Apps, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellation },
            async (app, token) => await ApplyAsync(client, Manifests(builder, app, options), token));
        await UntilReadyAsync(client, options.Apps * options.Pods, cancellation);
    }

    private static string Project(int app) => NamespaceOf(app)["bh-".Length..];

    private static ManifestSet Manifests(ManifestBuilder builder, int app, InformerOptions options) => builder.BuildApplication(new ApplicationContext
    {
        Spec = new AppSpec
        {
            Name = NameOf(app),
            Image = "demo/hello:1",
            Replicas = options.Pods,
            Env = [new EnvSpec("MODE", "production"), new EnvSpec("LOG_LEVEL", "info"), new EnvSpec("API_KEY", "x", Secret: true)],
            Health = new HealthSpec("/"),
        },
        ProjectId = NamespaceOf(app),
        ProjectName = Project(app),
        Namespace = NamespaceOf(app),
        Release = 1,
    }).Value.WithSecrets(new Dictionary<string, string> { ["API_KEY"] = new('x', 64) }).Value;

    private static async Task ApplyAsync(KubernetesClient client, ManifestSet set, CancellationToken cancellation)
    {
        foreach (var manifest in set.Manifests)
            if ((await client.ApplyAsync(manifest.Document, cancellation: cancellation)).Error is { } error)
                throw new BenchException($"{manifest.Identity}: {error.Message}");
    }

    private static async Task UntilReadyAsync(KubernetesClient client, int pods, CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow + Patience;
        for (var shown = -1; DateTime.UtcNow < deadline; await Task.Delay(1000, cancellation))
        {
            var list = (await client.ListAsync<Pod>(ResourceType.Pods, labelSelector: Labels.Selector, cancellation: cancellation)).Value;
            var ready = list.Items.Count(p => p.Status.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true);
            if (ready >= pods) return;
            if (ready / 100 != shown) Console.Error.WriteLine($"{ready} of {pods} pods ready");
            shown = ready / 100;
        }
        throw new BenchException($"the {pods} pods were not ready within {Patience.TotalMinutes:0} minutes");
    }
}
