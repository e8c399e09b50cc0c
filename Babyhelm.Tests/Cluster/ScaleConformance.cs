using Babyhelm.Tests.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Scaling and restarting workloads.</summary>
public sealed class ScaleConformance(ClusterTarget target) : ClusterCase(target)
{
    private ClusterScenarios Scenarios => new(Client, Ns, Limit);

    [ClusterFact]
    public Task Scaling_and_restarting_change_what_they_should_and_applying_keeps_it() => Scenarios.ScaleAndRestartAsync();

    [ClusterFact]
    public Task What_cannot_be_scaled_or_restarted_is_told() => Scenarios.RefusedChangesAsync();
}
