using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

/// <summary>Evictions, machines that do not answer, steps before the start, and programs for other processors.</summary>
public class MachineDiagnosisTests
{
    private static Finding? Find(double at, params object[] objects) => Diagnoser.Find(Release(), Objects(Deployment(), objects), At(at));

    private static Pod Evicted(string message, int n = 2)
    {
        var pod = Pod(n: n, state: Ended(137, 2));
        return pod with { Status = pod.Status with { Phase = "Failed", Reason = "Evicted", Message = message } };
    }

    [Theory]
    [InlineData("The node was low on resource: memory. Container web was using 500Mi, which exceeds its request of 128Mi. ", "out-of-memory", "The machine ran out of memory")]
    [InlineData("The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 900Mi. ", "unschedulable", "The machine put the application out")]
    [InlineData("The node had condition: [DiskPressure]. ", "unschedulable", "The machine put the application out")]
    [InlineData("Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ", "unschedulable", "The application wrote more to its disk than it may")]
    [InlineData("Container web exceeded its local ephemeral storage limit \"1Gi\". ", "unschedulable", "The application wrote more to its disk than it may")]
    public void Evictions_are_explained_while_pods_are_missing(string said, string code, string title)
    {
        var f = Find(5, Evicted(said), Pod(unschedulable: "0/1 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate."))!;
        Assert.Equal((code, title, At(2)), (f.Diagnosis.Code, f.Diagnosis.Title, f.Since));
        Assert.Equal(said.Trim(), f.Diagnosis.Evidence[0]);
        Assert.Null(Find(5, Evicted(said), ReadyPod()));
    }

    [Fact]
    public void A_machine_that_does_not_answer_is_named()
    {
        var pod = Pod(state: Running(1), readyAt: 30);
        var f = Find(32, pod, Event("NodeNotReady", "Node is not ready", 30, container: null))!;
        Assert.Equal((DiagnosisCodes.NotReady, "The machine that runs the application does not answer", (DateTimeOffset?)null), (f.Diagnosis.Code, f.Diagnosis.Title, f.FailsAt));
        Assert.Equal(["Node is not ready", "machine node1"], f.Diagnosis.Evidence);
        // It came back, and the pod failed for a reason of its own.
        Assert.NotEqual(f.Diagnosis.Title, Find(90, Pod(state: Running(1), readyAt: 80), Event("NodeNotReady", "Node is not ready", 30, container: null))!.Diagnosis.Title);
        Assert.Null(Find(90, ReadyPod(at: 80), Event("NodeNotReady", "Node is not ready", 30, container: null)));
    }

    [Fact]
    public void A_machine_that_cannot_set_a_pod_up_is_given_a_moment()
    {
        var told = Event("FailedCreatePodSandBox", "Failed to create pod sandbox: rpc error: network plugin is not ready: cni config uninitialized", 2, container: null);
        Assert.Null(Find(11, Pod(state: Waiting("ContainerCreating")), told));
        var f = Find(12, Pod(state: Waiting("ContainerCreating")), told)!;
        Assert.Equal("The machine cannot prepare the application", f.Diagnosis.Title);
        Assert.Contains("cni config", f.Diagnosis.Evidence[0], StringComparison.Ordinal);
        Assert.Null(Find(12, Pod(state: Waiting("ContainerCreating")), told, Event("Pulling", "Pulling image", 8, warning: false)));
    }

    [Fact]
    public void Steps_before_the_start_are_diagnosed()
    {
        var failed = Find(5, Pod(state: Waiting("PodInitializing"), init: Ended(2, 3)))!;
        Assert.Equal((DiagnosisCodes.CrashLoop, "The container ended with exit code 2"), (failed.Diagnosis.Code, failed.Diagnosis.Title));
        Assert.StartsWith("setup: exit code 2", failed.Diagnosis.Evidence[0], StringComparison.Ordinal);
        Assert.Equal(DiagnosisCodes.ImageNotFound, Find(5, Pod(state: Waiting("PodInitializing"), init: Waiting("ErrImagePull", "not found")))!.Diagnosis.Code);

        var slow = Pod(state: Waiting("PodInitializing"), init: Running(1));
        Assert.Null(Find(30, slow));
        var f = Find(31, slow)!;
        Assert.Equal((DiagnosisCodes.NotReady, "A preparing step has not ended", (DateTimeOffset?)null), (f.Diagnosis.Code, f.Diagnosis.Title, f.FailsAt));
        // A helper that keeps running beside the application.
        var helper = slow with { Status = slow.Status with { InitContainerStatuses = [slow.Status.InitContainerStatuses![0] with { Started = true }] } };
        Assert.Null(Find(31, helper));
    }

    [Fact]
    public void Missing_settings_are_found_after_a_step_that_ended_well() =>
        Assert.Equal(DiagnosisCodes.ConfigMissing,
            Find(5, Pod(state: Waiting("CreateContainerConfigError", "secret \"none\" not found"), init: Ended(0, 2, "Completed")))!.Diagnosis.Code);

    [Fact]
    public void A_program_for_another_processor_is_told_by_the_runtime_or_by_its_only_line()
    {
        var refused = Find(5, Pod(state: Waiting("CrashLoopBackOff"), last: Ended(128, 3, "StartError", "failed to create containerd task: exec /app: exec format error"), restarts: 1))!;
        Assert.Contains("another processor type", refused.Diagnosis.Cause, StringComparison.Ordinal);
        Assert.StartsWith("Build and push the image", refused.Diagnosis.NextStep, StringComparison.Ordinal);
        var info = Release() with { LastLines = new Dictionary<string, IReadOnlyList<string>> { ["web-h1-p1/web"] = ["exec /usr/local/bin/app: exec format error"] } };
        var logged = Diagnoser.Find(info, Objects(Deployment(), Pod(state: Ended(255, 3))), At(5))!;
        Assert.Equal("The image was built for another processor type", logged.Diagnosis.Title);
        var pulled = Find(5, Pod(state: Waiting("ErrImagePull", "no matching manifest for linux/arm64/v8 in the manifest list entries")))!;
        Assert.Equal("The image was not built for this cluster's processors", pulled.Diagnosis.Title);
    }

    [Theory]
    [InlineData("Liveness probe failed: HTTP probe failed with statuscode: 500", "The health check gets the answer 500.")]
    [InlineData("Liveness probe failed: Get \"http://10.0.0.1:8080/\": context deadline exceeded", "The health check gets no answer in time.")]
    public void The_health_check_that_ends_a_container_says_how_it_failed(string said, string why)
    {
        var f = Find(60, Pod(state: Waiting("CrashLoopBackOff"), last: Ended(137, 50), restarts: 2),
            Event("Unhealthy", said, 40), Event("Killing", "Container web failed liveness probe, will be restarted", 48, warning: false))!;
        Assert.Equal("The health check ended the container", f.Diagnosis.Title);
        Assert.EndsWith(why, f.Diagnosis.Cause, StringComparison.Ordinal);
    }
}
