using System.Text.Json;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Clusters;

public class PodRequestsTests
{
    [Theory]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"100m"}}},{"resources":{"requests":{"cpu":"1"}}},{}]}""", "1.1")]
    [InlineData("""{"initContainers":[{"resources":{"requests":{"cpu":"2"}}},{"resources":{"requests":{"cpu":"500m"}}}],"containers":[{"resources":{"requests":{"cpu":"1"}}}]}""", "2")]
    [InlineData("""{"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"300m"}}},{"resources":{"requests":{"cpu":"1"}}}],"containers":[{"resources":{"requests":{"cpu":"900m"}}}]}""", "1.3")]
    [InlineData("""{"initContainers":[{"resources":{"requests":{"cpu":"1"}}},{"restartPolicy":"Always","resources":{"requests":{"cpu":"300m"}}}],"containers":[{"resources":{"requests":{"cpu":"800m"}}}]}""", "1.1")]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"1"}}}],"overhead":{"cpu":"250m"}}""", "1.25")]
    [InlineData("""{"containers":[{"resources":{"limits":{"cpu":"1"}}}]}""", "0")]
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"much"}}}]}""", "0")]
    [InlineData("{}", "0")]
    public void Counts_as_the_scheduler_does(string spec, string cores) =>
        Assert.Equal(decimal.Parse(cores, System.Globalization.CultureInfo.InvariantCulture), PodRequests.Of(JsonSerializer.Deserialize(spec, KubernetesJson.Of<PlacedPodSpec>())!, "cpu"));

    [Fact]
    public void Memory_is_in_bytes() => Assert.Equal(
        128m * 1024 * 1024 + 500_000, PodRequests.Of(new PlacedPodSpec
        {
            Containers =
            [
                new PlacedContainer { Resources = new ContainerResources { Requests = new Dictionary<string, string> { ["memory"] = "128Mi" } } },
                new PlacedContainer { Resources = new ContainerResources { Requests = new Dictionary<string, string> { ["memory"] = "500k" } } },
            ],
        }, "memory"));
}
