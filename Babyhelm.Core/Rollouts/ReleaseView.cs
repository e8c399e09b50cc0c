using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>How far a pod has come. The order is the order of time.</summary>
internal enum PodStage { Scheduling, Pulling, Starting, Ready }

/// <summary>What of an application's objects belongs to one release, and what can be read from it.</summary>
internal sealed class ReleaseView
{
    private readonly ILookup<(string Kind, string Name), AppEvent> _events;

    public ReleaseView(ReleaseInfo info, AppObjects objects, DateTimeOffset now)
    {
        Now = now;
        Info = info;
        Objects = objects;
        Deployment = objects.Deployment;
        DeploymentRelease = Deployment is null ? null : ReleaseOf(Deployment.Spec.Template.Metadata);
        ReplicaSets = [.. objects.ReplicaSets.Where(r => ReleaseOf(r.Metadata) == info.Number)];
        var owners = ReplicaSets.Select(r => r.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        Jobs = info.Cron ? [.. objects.Jobs.Where(j => ReleaseOf(j.Metadata) == info.Number)] : [];
        Pods = [.. objects.Pods
            .Where(p => p.Metadata.DeletionTimestamp is null && IsActive(p, info.Cron) && Belongs(p, info.Number, owners))
            .OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)];
        _events = objects.Events.ToLookup(e => (e.Kind, e.Name));
    }

    public ReleaseInfo Info { get; }

    public DateTimeOffset Now { get; }

    public AppObjects Objects { get; }

    public Deployment? Deployment { get; }

    /// <summary>The release that the deployment on the cluster carries; 0 without a label, null without a deployment.</summary>
    public int? DeploymentRelease { get; }

    public IReadOnlyList<ReplicaSet> ReplicaSets { get; }

    /// <summary>Runs of this release, under way or over; empty where it does not run by schedule.</summary>
    public IReadOnlyList<Job> Jobs { get; }

    /// <summary>Pods of this release that are neither terminating nor over (evicted, for example), oldest first.</summary>
    public IReadOnlyList<Pod> Pods { get; }

    /// <summary>The cluster's deployment is this release and its controller has seen it.</summary>
    public bool Observed =>
        DeploymentRelease == Info.Number && Deployment!.Metadata.Generation <= Deployment.Status.ObservedGeneration;

    /// <summary>Pods that should run at all times: none where a schedule decides.</summary>
    public int Wanted => Info.Cron ? 0 : DeploymentRelease == Info.Number ? Deployment!.Spec.Replicas ?? 1 : Info.Replicas ?? 1;

    public int Ready => Pods.Count(IsReady);

    public IEnumerable<AppEvent> EventsOf(KubernetesObject value) => _events[(value.GetType().Name, value.Metadata.Name)];

    public ReplicaCounts Counts()
    {
        var ready = Ready;
        var available = ReplicaSets.Sum(r => r.Status.AvailableReplicas);
        return new ReplicaCounts(Wanted, Pods.Count, ready, Math.Min(available, ready));
    }

    public PodStage StageOf(Pod pod)
    {
        if (IsReady(pod)) return PodStage.Ready;
        if (!IsScheduled(pod)) return PodStage.Scheduling;
        if (pod.Statuses().Any(c => c.State.Running is not null || c.State.Terminated is not null || c.RestartCount > 0))
            return PodStage.Starting;
        var pulled = EventsOf(pod).Where(e => e.Reason is "Pulled" or "Created" or "Started").Select(e => e.Last).DefaultIfEmpty().Max();
        var pulling = EventsOf(pod).Where(e => e.Reason is "Pulling").Select(e => e.Last).DefaultIfEmpty().Max();
        return pulled != default && pulled >= pulling ? PodStage.Starting : PodStage.Pulling;
    }

    public static int ReleaseOf(Metadata metadata) =>
        int.TryParse(metadata.Label(Labels.Release), out var number) && number > 0 ? number : 0;

    public static bool IsReady(Pod pod) => Condition(pod, "Ready") is { Status: "True" };

    public static bool IsScheduled(Pod pod) => pod.Spec.NodeName is { Length: > 0 } || Condition(pod, "PodScheduled") is { Status: "True" };

    public static Condition? Condition(Pod pod, string type) => pod.Status.Conditions?.FirstOrDefault(c => c.Type == type);

    /// <summary>Whether the object is as this release made it, not as one before or after.</summary>
    public bool IsOwn(KubernetesObject value) => ReleaseOf(value.Metadata) == Info.Number;

    /// <summary>False for a pod that the cluster took away, such as an evicted one; its replica set makes another. Pods of runs end.</summary>
    private static bool IsActive(Pod pod, bool cron) => pod.Status is not ({ Phase: "Failed", Reason.Length: > 0 } or { Phase: "Succeeded" })
        && !(cron && pod.Status.Phase == "Failed");

    private static bool Belongs(Pod pod, int release, HashSet<string> replicaSets)
    {
        var label = ReleaseOf(pod.Metadata);
        if (label != 0) return label == release;
        return pod.Metadata.OwnerReferences?.Any(o => o.Kind == "ReplicaSet" && replicaSets.Contains(o.Name)) == true;
    }
}

internal static class PodExtensions
{
    /// <summary>Statuses of init containers, then of the others.</summary>
    public static IEnumerable<ContainerStatus> Statuses(this Pod pod) =>
        [.. pod.Status.InitContainerStatuses ?? [], .. pod.Status.ContainerStatuses ?? []];

    public static bool IsInit(this Pod pod, string container) =>
        pod.Status.InitContainerStatuses?.Any(c => c.Name == container) == true;

    /// <summary>Quantity that the container may use at most, or null.</summary>
    public static string? Limit(this Pod pod, string container, string resource) =>
        pod.Spec.Containers?.FirstOrDefault(c => c.Name == container)?.Resources?.Limits?.GetValueOrDefault(resource);

    public static string? Request(this Container container, string resource) =>
        container.Resources?.Requests?.GetValueOrDefault(resource);

    /// <summary>When the pod began: its start on the node, or else its creation.</summary>
    public static DateTimeOffset Began(this Pod pod) =>
        pod.Status.StartTime ?? pod.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;
}
