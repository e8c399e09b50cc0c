using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Manifests;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>What Babyhelm renders is what API servers accept.</summary>
public sealed class ManifestConformance(ClusterTarget target, ITestOutputHelper output) : ClusterCase(target)
{
    private const int Specs = 300;

    [ClusterFact]
    public async Task Manifests_of_random_specs_are_accepted()
    {
        var seed = Seed.Next(output);
        var (specs, builder) = (new RandomSpecs(seed), new ManifestBuilder(ManifestTemplates.BuiltIn));
        var autoscales = (await Client.DiscoverAsync(Limit)).Value.Serves(ResourceType.HorizontalPodAutoscalers);
        var crons = (await Client.DiscoverAsync(Limit)).Value.Serves(ResourceType.CronJobs);
        var count = 0;
        var folder = Environment.GetEnvironmentVariable("BABYHELM_MANIFESTS"); // keeps them, to be given to kubectl
        for (var i = 0; i < Specs; i++)
        {
            var spec = specs.Next(i % 3 == 2 && crons ? AppKind.Cron : null) with { Name = $"app{i}" };
            var built = builder.BuildApplication(ManifestBuilderTests.Context(spec) with { Namespace = Ns, CanAutoscale = autoscales });
            Assert.True(built.Error is null, $"seed {seed}, spec {i}: {built.Error}");
            var set = built.Value.WithSecrets(spec.Env.Where(e => e.Secret).ToDictionary(e => e.Name, e => e.Value!), RandomSpecs.PullConfig).Value;
            if (folder is { Length: > 0 }) await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.yaml"), set.ToYaml(masked: false), Limit);
            foreach (var (identity, document) in set.Manifests)
            {
                var applied = await Client.ApplyAsync(document, dryRun: true, cancellation: Limit);
                Assert.True(applied.Error is null, $"seed {seed}, spec {i}, {identity}: {applied.Error?.Message}");
                count++;
            }
        }
        output.WriteLine($"{count} manifests");
    }
}
