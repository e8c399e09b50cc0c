using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public class CacheIndexTests
{
    private static readonly Namespace Shop = new() { Metadata = new Metadata { Name = Ns } };
    private readonly CacheIndex _index = new();

    [Fact]
    public void Objects_are_found_by_application_and_leave_without_a_trace()
    {
        KubernetesObject[] all = [Deployment(), ReplicaSet(), ReadyPod()];
        foreach (var o in all) Assert.Equal([Key], _index.Apply(o, deleted: false));
        var objects = _index.Get(Key);
        Assert.Equal((1, 1), (objects.ReplicaSets.Count, objects.Pods.Count));
        Assert.NotNull(objects.Deployment);
        Assert.Same(objects, _index.Get(Key));
        foreach (var o in all) Assert.Equal([Key], _index.Apply(o, deleted: true));
        Assert.Empty(_index.Keys);
        Assert.False(_index.IsManaged(Ns));
        Assert.Empty(_index.Apply(all[0], deleted: true));
    }

    [Fact]
    public void Same_version_again_changes_nothing()
    {
        var pod = ReadyPod();
        Assert.NotEmpty(_index.Apply(pod, deleted: false));
        Assert.Empty(_index.Apply(pod with { }, deleted: false));
    }

    [Fact]
    public void Recreated_object_replaces_the_one_of_its_name()
    {
        _index.Apply(ReadyPod(), deleted: false);
        var again = Pod();
        _index.Apply(again with { Metadata = again.Metadata with { Uid = "other" } }, deleted: false);
        Assert.Equal("other", Assert.Single(_index.Get(Key).Pods).Metadata.Uid);
        Assert.Empty(_index.ReadyPods(Key));
    }

    [Fact]
    public void Object_that_changes_hands_leaves_its_old_application()
    {
        _index.Apply(ReadyPod(), deleted: false);
        var pod = ReadyPod();
        var changed = _index.Apply(pod with { Metadata = Meta(pod.Metadata.Name, 1, app: "api") }, deleted: false);
        Assert.Equal([Key, new AppKey(Ns, "api")], changed);
        Assert.Empty(_index.Get(Key).Pods);
        Assert.Empty(_index.ReadyPods(Key));
        Assert.Single(_index.Get(new AppKey(Ns, "api")).Pods);
    }

    [Fact]
    public void Ready_pods_serve_until_they_terminate()
    {
        Assert.Empty(_index.ReadyPods(Key));
        _index.Apply(ReadyPod(1, 1), deleted: false);
        _index.Apply(ReadyPod(2, 1), deleted: false);
        _index.Apply(Pod(2, 2, Running(1)), deleted: false);
        Assert.Equal([new PodEndpoint("web-h1-p1", "10.0.1.1", 8080, 1), new PodEndpoint("web-h2-p1", "10.0.2.1", 8080, 2)], _index.ReadyPods(Key));
        var before = _index.ReadyPods(Key);
        _index.Apply(Pod(1, 1, Running(1), ready: true, terminating: true), deleted: false);
        Assert.Equal("web-h2-p1", Assert.Single(_index.ReadyPods(Key)).Name);
        Assert.Equal(2, before.Count);
    }

    [Fact]
    public void Events_find_their_application_before_and_after_their_object()
    {
        _index.Apply(Shop, deleted: false);
        Assert.Equal([Key], _index.Apply(RawEvent("e1", "FailedCreate", "m", "ReplicaSet", SetName(1)), deleted: false));
        _index.Apply(RawEvent("e2", "ScalingReplicaSet", "m", "Deployment", App), deleted: false);
        _index.Apply(RawEvent("e3", "Unhealthy", "m"), deleted: false);
        Assert.Equal(3, _index.Get(Key).Events.Count);
        var pod = ReadyPod();
        _index.Apply(pod, deleted: false);
        _index.Apply(pod, deleted: true);
        Assert.Equal(3, _index.Get(Key).Events.Count);
    }

    [Fact]
    public void Events_of_other_namespaces_kinds_and_applications_stay_out()
    {
        Assert.Empty(_index.Apply(RawEvent("e1", "Unhealthy", "m"), deleted: false));
        _index.Apply(Shop, deleted: false);
        Assert.Empty(_index.Apply(RawEvent("e2", "x", "m", "ConfigMap", App), deleted: false));
        Assert.Empty(_index.Apply(RawEvent("e3", "x", "m", "Pod", "odd"), deleted: false));
        Assert.Equal([Key], _index.Apply(RawEvent("e5", "x", "m", "Job", "web-28000"), deleted: false));
        _index.Apply(RawEvent("e5", "x", "m", "Job", "web-28000"), deleted: true);
        Assert.Equal([new AppKey(Ns, "web-api")], _index.Apply(RawEvent("e4", "x", "m", "Pod", "web-api-5d9-x2"), deleted: false));
        Assert.Empty(_index.Get(Key).Events);
    }

    [Fact]
    public void Events_of_a_claim_go_where_the_claim_is_whichever_comes_first()
    {
        _index.Apply(Shop, deleted: false);
        var early = RawEvent("e1", "ProvisioningFailed", "m", "PersistentVolumeClaim", "web-my-data");
        var gone = RawEvent("e2", "ExternalProvisioning", "m", "PersistentVolumeClaim", "web-my-data");
        Assert.Empty(_index.Apply(early, deleted: false));
        Assert.Empty(_index.Apply(gone, deleted: false));
        Assert.Empty(_index.Apply(gone, deleted: true));
        var claim = new PersistentVolumeClaim { Metadata = Meta("web-my-data", 1) };
        Assert.Equal([Key], _index.Apply(claim, deleted: false));
        Assert.Equal(["ProvisioningFailed"], _index.Get(Key).Events.Select(e => e.Reason));
        Assert.Equal([Key], _index.Apply(RawEvent("e3", "FailedBinding", "m", "PersistentVolumeClaim", "web-my-data"), deleted: false));
        Assert.Equal([Key], _index.Apply(claim, deleted: true));
        // It is told of the claim once it is gone, too, and ends with the event.
        Assert.Equal([Key], _index.Apply(early, deleted: true));
        Assert.Equal(["FailedBinding"], _index.Get(Key).Events.Select(e => e.Reason));
    }

    [Fact]
    public void Objects_of_every_kind_are_given_out_and_counted_in_the_inventory()
    {
        KubernetesObject[] all =
        [
            new CronJob { Metadata = Meta(App, 1) }, new Job { Metadata = Meta("web-28000", 1) }, new Ingress { Metadata = Meta(App, 1) },
            new PersistentVolumeClaim { Metadata = Meta("web-data", 1) }, new Secret { Metadata = Meta("web-env-r1", 1) }, ReplicaSet(), ReadyPod(),
        ];
        foreach (var o in all) Assert.Equal([Key], _index.Apply(o, deleted: false));
        var objects = _index.Get(Key);
        Assert.Equal(("web", "web-28000", "web", "web-data"),
            (objects.CronJob!.Metadata.Name, objects.Jobs.Single().Metadata.Name, objects.Ingresses.Single().Metadata.Name, objects.Claims.Single().Metadata.Name));
        Assert.Equal(["CronJob web", "Ingress web", "PersistentVolumeClaim web-data", "Secret web-env-r1"], objects.Inventory.Select(v => $"{v.Kind} {v.Name}"));
        foreach (var o in all) _index.Apply(o, deleted: true);
        Assert.Empty(_index.Keys);
    }

    [Fact]
    public void Event_flood_is_bounded_and_keeps_the_newest()
    {
        _index.Apply(Shop, deleted: false);
        for (var n = 0; n < 2 * CacheIndex.MaxRawEvents; n++)
            _index.Apply(RawEvent($"e{n}", $"Reason{n}", "m", at: n), deleted: false);
        var events = _index.Get(Key).Events;
        Assert.Equal(EventFolder.MaxEvents, events.Count);
        Assert.Equal($"Reason{2 * CacheIndex.MaxRawEvents - 1}", events[^1].Reason);
    }

    [Fact]
    public void Alike_events_fold_and_different_ones_do_not()
    {
        var events = EventFolder.Fold(
        [
            RawEvent("a", "FailedCreate", "Error creating: pods \"web-h1-abcde\" is forbidden: exceeded quota: q, used: pods=11", "ReplicaSet", SetName(1), at: 1),
            RawEvent("b", "FailedCreate", "Error creating: pods \"web-h1-fghij\" is forbidden: exceeded quota: q, used: pods=12", "ReplicaSet", SetName(1), at: 3),
            RawEvent("c", "FailedCreate", "(combined from similar events): Error creating: pods \"web-h1-klmno\" is forbidden: exceeded quota: q, used: pods=12", "ReplicaSet", SetName(1), at: 5, count: 7),
            RawEvent("d", "Failed", "Failed to pull image \"x\"", at: 2),
            RawEvent("e", "Failed", "Error: ErrImagePull", at: 2),
            RawEvent("f", "ScalingReplicaSet", "Scaled up from 0 to 1", "Deployment", App, at: 6, type: "Normal"),
            RawEvent("g", "ScalingReplicaSet", "Scaled up from 1 to 2", "Deployment", App, at: 7, type: "Normal"),
        ]);
        Assert.Equal(["Failed", "Failed", "FailedCreate", "ScalingReplicaSet", "ScalingReplicaSet"], events.Select(e => e.Reason));
        var create = events[2];
        Assert.Equal((9, At(1), At(5)), (create.Count, create.First, create.Last));
        Assert.StartsWith("Error creating: pods \"web-h1-klmno\"", create.Message);
        Assert.Equal("web", events[0].Container);
    }

    /// <summary>The state depends on what is there, not on the order in which it was learned.</summary>
    [Theory]
    [InlineData("rollout-then-update", 2)]
    [InlineData("crash-loop", 1)]
    [InlineData("quota-exceeded", 1)]
    [InlineData("image-not-found", 1)]
    [InlineData("never-ready-deadline", 1)]
    public void Any_order_ends_in_the_same_state(string name, int release)
    {
        var recording = Recording.Load(name);
        var key = new AppKey(recording.Namespace, Recording.App);
        var end = recording.Changes[^1].At + TimeSpan.FromSeconds(1);
        var info = recording.Release(release, recording.Applied);
        // Per object the order is fixed, as within one watch; between objects it is not.
        var objects = recording.Changes.GroupBy(c => (c.Object.GetType(), c.Object.Metadata.Name)).Select(g => g.ToList()).ToList();
        RolloutState? expected = null;
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var index = new CacheIndex();
            index.Apply(new Namespace { Metadata = new Metadata { Name = recording.Namespace } }, deleted: false);
            var queues = objects.ConvertAll(o => new Queue<RecordedChange>(o));
            while (queues.Count > 0)
            {
                var queue = queues[random.Next(queues.Count)];
                // A relist skips what is between, sometimes.
                while (queue.Count > 1 && random.Next(3) == 0) queue.Dequeue();
                var change = queue.Dequeue();
                index.Apply(change.Object, change.Deleted);
                if (queue.Count == 0) queues.Remove(queue);
            }
            var state = RolloutReducer.Reduce(info, index.Get(key), end);
            expected ??= state;
            Assert.Equal(expected, state);
        }
        Assert.NotEqual(ReleaseState.Pending, expected!.State);
    }
}
