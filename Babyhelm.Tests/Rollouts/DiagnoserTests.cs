using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public class DiagnoserTests
{
    private static Finding? Find(double at, params object[] objects) => Diagnoser.Find(Release(), Objects(Deployment(), objects), At(at));

    // What kubelets 1.20 and 1.36 with containerd, docker, and common registries say.
    [Theory]
    [InlineData("rpc error: code = NotFound desc = failed to pull and unpack image \"demo/hello:1\": failed to resolve reference \"demo/hello:1\": demo/hello:1: not found", "image-not-found", "The image was not found")]
    [InlineData("rpc error: code = Unknown desc = Error response from daemon: manifest for demo/hello:1 not found: manifest unknown: manifest unknown", "image-not-found", "The image was not found")]
    [InlineData("rpc error: code = Unknown desc = failed to resolve image \"docker.io/demo/hello:1\": docker.io/demo/hello:1 not found", "image-not-found", "The image was not found")]
    [InlineData("rpc error: code = Unknown desc = Error response from daemon: pull access denied for demo/hello, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", "image-unauthorized", "The image is private or does not exist")]
    [InlineData("failed to pull and unpack image \"docker.io/demo/hello:1\": failed to resolve reference \"docker.io/demo/hello:1\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", "image-unauthorized", "The image is private or does not exist")]
    [InlineData("failed to resolve reference \"reg.example.com/a:1\": failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized", "image-unauthorized", "The registry refuses the image")]
    [InlineData("failed to resolve reference \"reg.example.com/a:1\": unexpected status from HEAD request to https://reg.example.com/v2/a/manifests/1: 403 Forbidden", "image-unauthorized", "The registry refuses the image")]
    [InlineData("Error response from daemon: Get https://1234.dkr.ecr.eu-west-1.amazonaws.com/v2/a/manifests/1: no basic auth credentials", "image-unauthorized", "The registry refuses the image")]
    [InlineData("failed to do request: Head \"https://registry-1.docker.io/v2/demo/missing/manifests/1\": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: no such host", "image-not-found", "The image's registry cannot be reached")]
    [InlineData("failed to do request: Head \"https://reg.example.com/v2/a/manifests/1\": dial tcp 10.1.2.3:443: i/o timeout", "image-not-found", "The image's registry cannot be reached")]
    [InlineData("failed to do request: Head \"https://reg.example.com/v2/\": x509: certificate signed by unknown authority", "image-not-found", "The image's registry cannot be reached")]
    [InlineData("failed to authorize: failed to fetch anonymous token: Get \"https://auth.docker.io/token\": net/http: TLS handshake timeout", "image-not-found", "The image's registry cannot be reached")]
    [InlineData("unexpected status code 503 Service Unavailable", "image-not-found", "The image's registry cannot be reached")]
    [InlineData("429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit", "image-not-found", "The registry limits downloads")]
    [InlineData("failed to unpack: no match for platform in manifest: not found", "image-not-found", "The image was not built for this cluster's processors")]
    [InlineData("failed to copy: write /var/lib/containerd/x: no space left on device", "image-not-found", "The machine has no space for the image")]
    [InlineData("something nobody has seen before", "image-not-found", "The image cannot be pulled")]
    public void Pull_errors_are_told_apart(string said, string code, string title)
    {
        var f = Find(5, Pod(state: Waiting("ErrImagePull", said)), Event("Failed", $"Failed to pull image \"demo/hello:1\": {said}"))!;
        Assert.Equal((code, title), (f.Diagnosis.Code, f.Diagnosis.Title));
        Assert.Contains("demo/hello:1", f.Diagnosis.Cause);
        Assert.Contains(said, f.Diagnosis.Evidence[0]);
        Assert.Null(f.FailsAt);
    }

    [Theory]
    [InlineData("acme/unauthorized:1")]
    [InlineData("registry.example.com/denied/forbidden:toomanyrequests")]
    [InlineData("demo/no-such-host:x509")]
    public void Words_in_the_image_name_are_not_taken_for_the_answer(string image)
    {
        var said = $"rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found";
        var f = Find(5, Pod(image: image, state: Waiting("ErrImagePull", said)))!;
        Assert.Equal("The image was not found", f.Diagnosis.Title);
    }

    [Fact]
    public void Kubelet_1_20_gives_the_reason_in_events_only()
    {
        const string Said = "Failed to pull image \"demo/hello:1\": rpc error: code = NotFound desc = failed to pull: demo/hello:1: not found";
        var f = Find(30, Pod(state: Waiting("ImagePullBackOff", "Back-off pulling image \"demo/hello:1\"")),
            Event("Failed", Said, 2, 25, count: 3), Event("Failed", "Error: ErrImagePull", 2, 25), Event("Failed", "Error: ImagePullBackOff", 3, 26),
            Event("BackOff", "Back-off pulling image \"demo/hello:1\"", 3, 26, warning: false))!;
        Assert.Equal("The image was not found", f.Diagnosis.Title);
        Assert.Equal([Said, "Back-off pulling image \"demo/hello:1\""], f.Diagnosis.Evidence);
        Assert.Equal((At(2), (DateTimeOffset?)At(3)), (f.Since, f.FailsAt));
    }

    [Fact]
    public void A_bare_pull_error_says_nothing_before_its_explanation_comes()
    {
        object[] bare = [Pod(state: Waiting("ErrImagePull", "")), Event("Failed", "Error: ErrImagePull", 2)];
        Assert.Null(Find(3, bare));
        // It does not come: better a vague word than none.
        Assert.Equal("The image cannot be pulled", Find(7, bare)!.Diagnosis.Title);
        Assert.Equal(DiagnosisCodes.ImageUnauthorized, Find(3, [.. bare, Event("Failed", "Failed to pull image \"demo/hello:1\": unexpected status: 401 Unauthorized", 2)])!.Diagnosis.Code);
    }

    [Fact]
    public void Registry_out_of_reach_gets_a_grace_and_names_the_host()
    {
        const string Said = "Failed to pull image \"demo/hello:1\": dial tcp: lookup registry-1.docker.io on 10.0.0.10:53: no such host";
        var pod = Pod(state: Waiting("ImagePullBackOff"));
        var f = Find(5, pod, Event("Failed", Said, 1), Event("Failed", "Error: ImagePullBackOff", 2))!;
        Assert.Contains("registry-1.docker.io", f.Diagnosis.Cause);
        Assert.False(f.FailsRelease(At(20.9)));
        Assert.True(f.FailsRelease(At(21)));
    }

    [Fact]
    public void Pull_that_succeeded_later_is_no_trouble()
    {
        object[] events = [Event("Failed", "Failed to pull image \"demo/hello:1\": i/o timeout", 1), Event("Pulled", "Successfully pulled image", 9, warning: false)];
        Assert.Null(Find(10, [Pod(state: Waiting("ContainerCreating")), .. events]));
        Assert.Null(Find(9, [Pod(state: Running(9)), .. events]));
    }

    [Fact]
    public void Invalid_name_of_kubelet_1_20_fails_at_once()
    {
        var f = Find(5, Pod(image: "docker.io/Demo/UPPER:1", state: Waiting("InvalidImageName",
            "Failed to apply default image tag \"docker.io/Demo/UPPER:1\": couldn't parse image reference \"docker.io/Demo/UPPER:1\": invalid reference format: repository name must be lowercase")))!;
        Assert.Equal(DiagnosisCodes.ImageInvalid, f.Diagnosis.Code);
        Assert.True(f.FailsRelease(At(5)));
    }

    [Fact]
    public void Bare_error_waits_a_moment_for_the_sentence_that_explains_it()
    {
        var f = Find(5, Pod(state: Waiting("ContainerCreating")), Event("Failed", "Error: InvalidImageName", 4))!;
        Assert.Equal((DiagnosisCodes.ImageInvalid, (DateTimeOffset?)At(9)), (f.Diagnosis.Code, f.FailsAt));
    }

    [Theory]
    [InlineData("secret \"none\" not found", "The secret \"none\" does not exist in the project.")]
    [InlineData("configmap \"nocm\" not found", "The config map \"nocm\" does not exist in the project.")]
    [InlineData("couldn't find key token in Secret shop/web-env", "The secret \"web-env\" has no entry \"token\".")]
    [InlineData("couldn't find key mode in ConfigMap shop/web-env", "The config map \"web-env\" has no entry \"mode\".")]
    public void Missing_settings_are_named(string said, string cause)
    {
        var f = Find(5, Pod(state: Waiting("CreateContainerConfigError", said)), Event("Failed", $"Error: {said}", 2))!;
        Assert.Equal((DiagnosisCodes.ConfigMissing, cause), (f.Diagnosis.Code, f.Diagnosis.Cause));
        Assert.Equal((false, true), (f.FailsRelease(At(11.9)), f.FailsRelease(At(12))));
    }

    [Fact]
    public void Secret_missing_from_a_volume_is_a_missing_setting_not_a_volume()
    {
        var f = Find(60, Pod(state: Waiting("ContainerCreating")), Event("FailedMount", "MountVolume.SetUp failed for volume \"d\" : secret \"nosuch\" not found", container: null))!;
        Assert.Equal(DiagnosisCodes.ConfigMissing, f.Diagnosis.Code);
        Assert.Contains("nosuch", f.Diagnosis.Cause);
    }

    [Fact]
    public void Root_image_under_a_strict_policy_is_pod_security()
    {
        var f = Find(5, Pod(state: Waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root")))!;
        Assert.Equal((DiagnosisCodes.PodSecurity, "The image runs as root, which is not allowed here"), (f.Diagnosis.Code, f.Diagnosis.Title));
    }

    [Theory]
    [InlineData("exceeded quota: project-quota, requested: limits.memory=8Gi,pods=1, used: limits.memory=768Mi,pods=12, limited: limits.memory=4Gi,pods=12", "quota-exceeded",
        "The quota \"project-quota\" does not allow more: memory limits: 768Mi of 4Gi used, 8Gi more asked for; number of pods: 12 of 12 used, 1 more asked for.")]
    [InlineData("failed quota: project-quota: must specify limits.memory", "quota-exceeded", "The project has a quota for a resource that the application does not state.")]
    [InlineData("maximum memory usage per Container is 1Gi, but limit is 2Gi", "quota-exceeded", "The project's rule: maximum memory usage per Container is 1Gi, but limit is 2Gi.")]
    [InlineData("[minimum cpu usage per Container is 10m, but request is 1m, maximum memory usage per Pod is 1Gi, but limit is 2Gi]", "quota-exceeded", "The project's rule: minimum cpu usage per Container is 10m, but request is 1m.")]
    [InlineData("violates PodSecurity \"baseline:latest\": privileged (container \"web\" must not set securityContext.privileged=true)", "pod-security", "The security level \"baseline\" forbids: privileged.")]
    [InlineData("unable to validate against any pod security policy: [spec.containers[0].securityContext.privileged: Invalid value: true]", "pod-security", "A policy that the cluster's admins set does not allow these pods.")]
    [InlineData("error looking up service account shop/web: serviceaccount \"web\" not found", "config-missing", "The identity that the application's pods run under does not exist in the project's namespace.")]
    public void Refused_pods_are_explained(string said, string code, string cause)
    {
        var message = $"Error creating: pods \"web-h1-abcde\" is forbidden: {said}";
        var f = Find(5, ReplicaSet(replicas: 0), Event("FailedCreate", message, 2, kind: "ReplicaSet", name: SetName(1)))!;
        Assert.Equal((code, cause), (f.Diagnosis.Code, f.Diagnosis.Cause));
        Assert.Equal([$"pods are forbidden: {said}"], f.Diagnosis.Evidence);
        Assert.Equal((DateTimeOffset?)At(12), f.FailsAt);
        // The same from the replica set's own condition, without any event.
        var condition = new Condition { Type = "ReplicaFailure", Status = "True", Reason = "FailedCreate", Message = message["Error creating: ".Length..], LastTransitionTime = At(2) };
        Assert.Equal(f.Diagnosis, Find(5, ReplicaSet(1, 1, 0, 0, condition))!.Diagnosis);
        // Pods that were created after all.
        Assert.Null(Find(5, ReplicaSet(replicas: 1), Event("FailedCreate", message, 2, kind: "ReplicaSet", name: SetName(1))));
    }

    [Theory]
    [InlineData("0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.", "unschedulable", "Every machine is short of CPU; one instance asks for 4 CPU.")]
    [InlineData("0/3 nodes are available: 1 Insufficient cpu, 3 Insufficient memory.", "unschedulable", "Every machine is short of CPU and memory; one instance asks for 4 CPU.")]
    [InlineData("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity.", "unschedulable", "No machine has the properties that the application asks for.")]
    [InlineData("0/1 nodes are available: 1 node(s) had taint {node.kubernetes.io/not-ready: }, that the pod didn't tolerate.", "unschedulable", "The machines are kept for other work or are not well at the moment.")]
    [InlineData("0/1 nodes are available: 1 Too many pods.", "unschedulable", "Every machine already runs as many pods as it may.")]
    [InlineData("no nodes available to schedule pods", "unschedulable", "The cluster has no machine that takes work.")]
    [InlineData("0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims.", "volume-pending", "The cluster has not provided the storage that the application asks for.")]
    [InlineData("0/1 nodes are available: 1 persistentvolumeclaim \"nodata\" not found.", "volume-pending", "The volume \"nodata\" that the application uses does not exist in the project.")]
    public void Pods_without_a_machine_are_explained(string said, string code, string cause)
    {
        var f = Find(60, Pod(unschedulable: said))!;
        Assert.Equal((code, cause, (DateTimeOffset?)null), (f.Diagnosis.Code, f.Diagnosis.Cause, f.FailsAt));
        Assert.Equal([said], f.Diagnosis.Evidence);
        Assert.Equal(f.Diagnosis, Find(60, Pod(scheduled: false), Event("FailedScheduling", said, container: null))!.Diagnosis);
    }

    [Fact]
    public void Fresh_volume_is_given_time()
    {
        var pod = Pod(unschedulable: "0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims.");
        Assert.Null(Find(10.9, pod));
        Assert.NotNull(Find(11, pod));
    }

    [Fact]
    public void Volume_that_cannot_be_attached_is_pending() =>
        Assert.Equal(DiagnosisCodes.VolumePending, Find(60, Pod(state: Waiting("ContainerCreating")),
            Event("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\" Volume is already used by pod(s)", container: null))!.Diagnosis.Code);

    [Theory]
    [InlineData("Readiness probe failed: Get \"http://10.88.0.6:8080/\": dial tcp 10.88.0.6:8080: connect: connection refused", "Nothing listens on port 8080 in the container.")]
    [InlineData("Readiness probe failed: dial tcp [fd00::6]:9000: connect: connection refused", "Nothing listens on port 9000 in the container.")]
    [InlineData("Readiness probe failed: HTTP probe failed with statuscode: 503", "The health check gets the answer 503.")]
    [InlineData("Readiness probe failed: Get \"http://10.88.0.6:8080/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "The health check gets no answer in time.")]
    public void Unready_containers_are_explained_once_they_have_had_time(string probe, string cause)
    {
        var pod = Pod(state: Running(2));
        Assert.Null(Find(11.9, pod, Event("Unhealthy", probe, 3)));
        var f = Find(12, pod, Event("Unhealthy", probe, 3))!;
        Assert.Equal((DiagnosisCodes.NotReady, cause, (DateTimeOffset?)null), (f.Diagnosis.Code, f.Diagnosis.Cause, f.FailsAt));
        Assert.Equal([probe], f.Diagnosis.Evidence);
    }

    [Fact]
    public void Other_releases_and_terminating_pods_are_not_diagnosed()
    {
        var sick = Waiting("ImagePullBackOff", "not found");
        Assert.Null(Find(60, Pod(release: 2, state: sick), Pod(release: 1, n: 2, state: sick, terminating: true)));
    }

    [Fact]
    public void Cause_goes_before_consequence_and_what_fails_before_what_warns()
    {
        var crash = Pod(n: 1, state: Ended(3, 2));
        var refused = Event("FailedCreate", "Error creating: pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1", 1, kind: "ReplicaSet", name: SetName(1));
        object[] both = [crash, ReplicaSet(wanted: 2, replicas: 1), refused];
        Assert.Equal(DiagnosisCodes.CrashLoop, Find(5, both)!.Diagnosis.Code);
        Assert.Equal(DiagnosisCodes.QuotaExceeded, Find(11, both)!.Diagnosis.Code);
        Assert.Equal(DiagnosisCodes.ImageNotFound, Find(5, [Pod(n: 2, state: Waiting("ErrImagePull", "not found")), .. both])!.Diagnosis.Code);
    }
}
