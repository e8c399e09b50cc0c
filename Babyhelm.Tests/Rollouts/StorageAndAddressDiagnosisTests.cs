using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

/// <summary>Volumes and addresses that the cluster does not give, as their own objects and events tell it.</summary>
public class StorageAndAddressDiagnosisTests
{
    private const string Unbound = "0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims.";

    private static Finding? Find(double at, params object[] objects) => Diagnoser.Find(Release(), Objects(Deployment(), objects), At(at));

    private static AppEvent OfClaim(string reason, string message, double first = 2, bool warning = true) =>
        Event(reason, message, first, kind: "PersistentVolumeClaim", name: "web-data", warning: warning);

    [Theory]
    [InlineData("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found", 0, "The storage class does not exist", "The volume \"web-data\" wants the storage class \"fast\", which the cluster does not have.")]
    [InlineData("FailedBinding", "no persistent volumes available for this claim and no storage class is set", 0, "The cluster has no storage to give", "The volume \"web-data\" names no storage class, and the cluster has neither a default one nor a free volume.")]
    [InlineData("ProvisioningFailed", "failed to provision volume with StorageClass \"std\": rpc error: code = ResourceExhausted desc = quota exceeded for disks", 0, "The cluster's storage is used up", "The storage system has no room for the volume \"web-data\" (5Gi, class fast).")]
    [InlineData("ProvisioningFailed", "failed to provision volume with StorageClass \"std\": timed out waiting for the condition", 1, "A volume is not available yet", "The storage system could not make the volume \"web-data\" (5Gi, class fast).")]
    [InlineData("ExternalProvisioning", "waiting for a volume to be created, either by external provisioner \"csi.example.com\" or manually created by system administrator", 20, "A volume is not available yet", "The cluster waits for its storage system to make the volume \"web-data\", and nothing has come yet.")]
    public void Claims_that_wait_are_explained_by_their_own_events(string reason, string said, double usual, string title, string cause)
    {
        object[] objects = [Pod(unschedulable: Unbound), Claim(storageClass: "fast"), OfClaim(reason, said)];
        if (usual > 0) Assert.NotEqual(title + cause, Find(1.9 + usual, objects) is { } early ? early.Diagnosis.Title + early.Diagnosis.Cause : null);
        var f = Find(2 + usual, objects)!;
        Assert.Equal((DiagnosisCodes.VolumePending, title, cause, (DateTimeOffset?)null), (f.Diagnosis.Code, f.Diagnosis.Title, f.Diagnosis.Cause, f.FailsAt));
        Assert.Equal([said, "volume web-data: Pending (5Gi, class fast)", Unbound], f.Diagnosis.Evidence);
    }

    [Fact]
    public void A_claim_whose_storage_is_gone_says_so() =>
        Assert.Equal("The volume's data is gone", Find(5, Pod(scheduled: false), Claim("Lost"))!.Diagnosis.Title);

    [Fact]
    public void Claims_that_are_bound_or_wait_for_their_pod_or_belong_to_a_running_one_are_no_trouble()
    {
        var waiting = OfClaim("WaitForFirstConsumer", "waiting for first consumer to be created before binding", warning: false);
        Assert.Null(Find(60, Pod(scheduled: false), Claim(), waiting));
        Assert.Null(Find(5, Pod(state: Running(2)), Claim(), OfClaim("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found")));
        Assert.Null(Find(60, Pod(scheduled: false), Claim("Bound"), OfClaim("ProvisioningFailed", "timed out")));
        // Of another release: it may just be pruned.
        Assert.Null(Find(60, Pod(scheduled: false), Claim(release: 2), OfClaim("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found")));
    }

    private static RolloutState Reduce(ReleaseState state, double at, params object[] objects) =>
        RolloutReducer.Reduce(Release(state: state), Objects(Deployment(available: 1), [ReadyPod(), .. objects]), At(at));

    [Fact]
    public void An_address_that_nobody_serves_is_a_warning_beside_a_rollout_that_is_well()
    {
        var ingress = Ingress(ingressClass: "nginx");
        foreach (var state in new[] { ReleaseState.RollingOut, ReleaseState.Live })
        {
            Assert.Null(Reduce(state, 59, ingress).Diagnosis);
            var s = Reduce(state, 60, ingress);
            Assert.Equal((ReleaseState.Live, DiagnosisCodes.IngressPending, "The address is not served yet"), (s.State, s.Diagnosis?.Code, s.Diagnosis?.Title));
            Assert.Contains("class \"nginx\"", s.Diagnosis!.Cause, StringComparison.Ordinal);
            Assert.Equal(["ingress web: web.example.com, no address yet"], s.Diagnosis.Evidence);
        }
        Assert.Equal(At(60), RolloutReducer.Evaluate(Release(), Objects(Deployment(available: 1), ReadyPod(), ingress), At(20)).RecheckAt);
        Assert.Null(Reduce(ReleaseState.Live, 5000, Ingress("10.0.0.1")).Diagnosis);
        Assert.Null(Reduce(ReleaseState.Live, 5000, Ingress(release: 2)).Diagnosis);
    }

    [Fact]
    public void What_the_ingress_controller_says_is_shown_at_once()
    {
        var said = Event("Rejected", "admission webhook denied: host web.example.com is already used", 4, kind: "Ingress", name: App);
        var s = Reduce(ReleaseState.Live, 4, Ingress(), said);
        Assert.Equal("The ingress controller does not serve the address", s.Diagnosis?.Title);
        Assert.Equal(said.Message, s.Diagnosis!.Evidence[0]);
        // Once it is served, what was said before does not count.
        Assert.Null(Reduce(ReleaseState.Live, 4, Ingress("10.0.0.1"), said).Diagnosis);
    }

    [Fact]
    public void A_load_balancer_without_an_address_is_a_warning_beside_a_rollout_that_is_well()
    {
        var balancer = Balancer(balancerClass: "tailscale");
        Assert.Null(Reduce(ReleaseState.Live, 179, balancer).Diagnosis);
        var s = Reduce(ReleaseState.Live, 180, balancer);
        Assert.Equal((ReleaseState.Live, DiagnosisCodes.IngressPending, "The load balancer has no address yet"), (s.State, s.Diagnosis?.Code, s.Diagnosis?.Title));
        Assert.Contains("class \"tailscale\"", s.Diagnosis!.Cause, StringComparison.Ordinal);
        var said = Event("SyncLoadBalancerFailed", "Error syncing load balancer: out of addresses", 4, kind: "Service", name: App);
        Assert.Equal(said.Message, Reduce(ReleaseState.Live, 4, balancer, said).Diagnosis!.Evidence[0]);
        Assert.Null(Reduce(ReleaseState.Live, 5000, Balancer("10.0.0.1"), said).Diagnosis);
        Assert.Null(Reduce(ReleaseState.Live, 5000, Balancer(release: 2)).Diagnosis);
        Assert.Equal("10.0.0.1", Objects(null, Balancer("10.0.0.1")).LoadBalancerAddress);
        Assert.Null(Objects(null, balancer).LoadBalancerAddress);
    }

    [Fact]
    public void An_address_is_never_to_blame_for_a_rollout_that_fails()
    {
        object[] stuck = [Ingress(), Event("Rejected", "no", 2, kind: "Ingress", name: App)];
        var s = RolloutReducer.Reduce(Release(), Objects(Deployment(conditions: DeadlineExceeded(90)), stuck), At(100));
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.Deadline), (s.State, s.Diagnosis?.Code));
        var sick = RolloutReducer.Reduce(Release(), Objects(Deployment(), [Pod(state: Waiting("CrashLoopBackOff"), last: Ended(1, 3), restarts: 2), .. stuck]), At(100));
        Assert.Equal(DiagnosisCodes.CrashLoop, sick.Diagnosis?.Code);
    }
}
