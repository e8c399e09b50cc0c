using Babyhelm.Core.Applications;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Applications;

public sealed class FailedPodsTests
{
    [Fact]
    public void Pods_that_never_came_up_are_useless()
    {
        Assert.True(FailedPods.HasUseless(Objects(Deployment(), Pod())));
        Assert.True(FailedPods.HasUseless(Objects(Deployment(wanted: null)))); // none could be made
    }

    [Fact]
    public void Pods_that_answer_after_all_are_not()
    {
        Assert.False(FailedPods.HasUseless(Objects(Deployment(wanted: 2), Pod(), ReadyPod())));
        Assert.False(FailedPods.HasUseless(Objects(Deployment(wanted: 0))));
        Assert.False(FailedPods.HasUseless(Objects(null)));
    }
}
