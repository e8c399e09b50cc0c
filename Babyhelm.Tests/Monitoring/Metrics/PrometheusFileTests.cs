using System.Text.RegularExpressions;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Monitoring.Metrics;

/// <summary>The files for a Prometheus of the user's own are what Prometheus takes.</summary>
public sealed partial class PrometheusFileTests
{
    private static string Source(string name) => Path.Combine(RepositoryRoot.Path, "deploy", "prometheus", name);

    [Fact]
    public async Task The_recording_rules_are_taken() => Assert.Equal("", await Promtool.CheckAsync("rules", Source("babyhelm.rules.yml")));

    [Fact]
    public async Task The_scrape_configuration_is_taken()
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-promtool-");
        try
        {
            var text = await File.ReadAllTextAsync(Source("prometheus.yml"));
            // Distributions build Prometheus without the discovery of Kubernetes; all else is checked as it is.
            var plain = Discovery().Replace(text, "static_configs: []");
            Assert.NotEqual(text, plain);
            foreach (var file in new[] { "/etc/prometheus/secrets/babyhelm-metrics-token", "/var/run/secrets/kubernetes.io/serviceaccount/token", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" })
                plain = plain.Replace(file, Path.Combine(folder.FullName, "secret"), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "secret"), "secret");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), plain);
            File.Copy(Source("babyhelm.rules.yml"), Path.Combine(folder.FullName, "babyhelm.rules.yml"));
            Assert.Equal("", await Promtool.CheckAsync("config", Path.Combine(folder.FullName, "prometheus.yml")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"kubernetes_sd_configs:\n\s+- role: \w+")]
    private static partial Regex Discovery();
}
