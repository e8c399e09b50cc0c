using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Monitoring.Metrics;

namespace Babyhelm.Tests.Monitoring.Metrics;

public class ScrapeConfigurationTests
{
    private static readonly ClusterConfig Cluster = ClusterConfig.For(new Uri("https://cluster.example.com:6443"));

    [Fact]
    public void A_credential_that_can_not_be_written_down_is_an_error_and_no_exception()
    {
        Assert.Equal("unavailable", ScrapeConfiguration.Files(Cluster, new Credential("Basic %%%"), new MetricsOptions()).Error?.Code);
        Assert.Equal("secret:word", ScrapeConfiguration.Files(Cluster, new Credential("Basic YWRhOnNlY3JldDp3b3Jk"), new MetricsOptions()).Value[ScrapeConfiguration.ClusterPassword]);
        Assert.Empty(ScrapeConfiguration.Files(Cluster, null, new MetricsOptions()).Value);
    }
}
