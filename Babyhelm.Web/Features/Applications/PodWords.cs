using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Applications;

/// <summary>A pod's state as people say it. The cluster's own word stays in <see cref="StatusWord.Key"/> where it is a fault.</summary>
public static class PodWords
{
    public static StatusWord Of(PodState pod) => pod switch
    {
        { Phase: "Terminating" } => new("terminating", "Ending", "idle"),
        { Phase: "Succeeded" } or { Reason: "Completed", Phase: not "Running" } => new("completed", "Finished", "ok"),
        { Reason: { } reason } => OfReason(reason),
        { Ready: true } => new("ready", "Ready", "ok"),
        { Phase: "Pending" } => new("pending", "Starting", "busy"),
        { Phase: "Running" } => new("running", "Not ready yet", "busy"),
        { Phase: "Failed" } => new("failed", "Failed", "bad"),
        _ => new(pod.Phase, pod.Phase, "idle"),
    };

    private static StatusWord OfReason(string reason) => reason switch
    {
        "ContainerCreating" or "PodInitializing" => new("pending", "Starting", "busy"),
        "ImagePullBackOff" or "ErrImagePull" => new(reason, "Image can't be pulled", "bad"),
        "InvalidImageName" => new(reason, "Image name is not valid", "bad"),
        "CrashLoopBackOff" => new(reason, "Crashes again and again", "bad"),
        "OOMKilled" => new(reason, "Out of memory", "bad"),
        "Error" => new(reason, "Ended with an error", "bad"),
        "Completed" => new(reason, "Ended by itself", "bad"), // a service that should go on
        "ContainerCannotRun" or "RunContainerError" or "StartError" => new(reason, "Can't be started", "bad"),
        "CreateContainerConfigError" or "CreateContainerError" => new(reason, "Can't be created", "bad"),
        "Unschedulable" => new(reason, "No room on the cluster", "bad"),
        "SchedulingGated" => new(reason, "Held back", "warn"),
        "Evicted" or "Preempting" => new(reason, "Pushed off its node", "bad"),
        "NodeLost" or "NodeShutdown" or "Terminated" or "Shutdown" => new(reason, "Lost its node", "bad"),
        "DeadlineExceeded" => new(reason, "Took too long", "bad"),
        _ => new(reason, reason, "bad"),
    };
}
