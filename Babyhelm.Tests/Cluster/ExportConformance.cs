using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Manifests.Export;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Manifests;
using Babyhelm.Tests.Manifests.Export;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>What Babyhelm exports is what API servers accept, in a namespace that is not Babyhelm's.</summary>
public sealed class ExportConformance(ClusterTarget target, ITestOutputHelper output) : ClusterCase(target)
{
    private const int Specs = 30;

    [ClusterFact]
    public async Task Exports_of_random_specs_are_accepted()
    {
        var seed = Seed.Next(output);
        var (specs, builder) = (new RandomSpecs(seed), new ManifestBuilder(ManifestTemplates.BuiltIn));
        var autoscales = (await Client.DiscoverAsync(Limit)).Value.Serves(ResourceType.HorizontalPodAutoscalers);
        var count = 0;
        for (var i = 0; i < Specs; i++)
        {
            var spec = AppSpecValidator.Validate(specs.Next() with { Name = $"app{i}" }).Value;
            var set = builder.BuildApplication(ManifestBuilderTests.Context(spec) with { CanAutoscale = autoscales }).Value;
            var portable = PortableManifests.Of(set, spec.Name);
            var plain = Yaml.Parse(PortableManifests.ToYaml(portable, "a test")).Value;
            var (chart, _) = ChartRenderer.Render(HelmChart.Files(portable, spec, 1), spec.Name, Ns);
            foreach (var document in plain.Concat(chart))
            {
                document["metadata"]!["namespace"] = Ns; // as kubectl and Helm do
                var applied = await Client.ApplyAsync(document, dryRun: true, cancellation: Limit);
                Assert.True(applied.Error is null, $"seed {seed}, spec {i}, {document["kind"]}: {applied.Error?.Message}\n{document.ToJsonString()}");
                count++;
            }
        }
        output.WriteLine($"{count} documents");
    }
}
