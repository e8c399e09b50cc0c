using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class PodWordsTests
{
    [Theory]
    [InlineData("Pending", false, null, "Starting", "busy")]
    [InlineData("Pending", false, "ContainerCreating", "Starting", "busy")]
    [InlineData("Pending", false, "ImagePullBackOff", "Image can't be pulled", "bad")]
    [InlineData("Pending", false, "Unschedulable", "No room on the cluster", "bad")]
    [InlineData("Running", false, "CrashLoopBackOff", "Crashes again and again", "bad")]
    [InlineData("Running", false, "OOMKilled", "Out of memory", "bad")]
    [InlineData("Running", false, null, "Not ready yet", "busy")]
    [InlineData("Running", true, null, "Ready", "ok")]
    [InlineData("Succeeded", false, "Completed", "Finished", "ok")] // a good run of a cron application
    [InlineData("Running", false, "Completed", "Ended by itself", "bad")] // a service that should go on
    [InlineData("Failed", false, "Error", "Ended with an error", "bad")]
    [InlineData("Terminating", false, "Error", "Ending", "idle")]
    [InlineData("Running", false, "SomethingNew", "SomethingNew", "bad")] // better the cluster's word than none
    public void A_state_is_said_in_words(string phase, bool ready, string? reason, string word, string tone)
    {
        var status = PodWords.Of(new PodState("web-1", 1, phase, ready, 0, reason, default));

        Assert.Equal((word, tone), (status.Word, status.Tone));
    }
}
