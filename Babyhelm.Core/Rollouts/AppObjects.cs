using System.Collections.Immutable;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>The cached cluster objects of one application at one moment. Immutable.</summary>
/// <param name="Events">What the cluster said of these objects, oldest first, folded; at most <see cref="EventFolder.MaxEvents"/>.</param>
public sealed record AppObjects(
    AppKey Key,
    Deployment? Deployment,
    IReadOnlyList<ReplicaSet> ReplicaSets,
    IReadOnlyList<Pod> Pods,
    IReadOnlyList<AppEvent> Events)
{
    /// <summary>Stands in the deployment's place where the application runs by schedule.</summary>
    public CronJob? CronJob { get; init; }

    /// <summary>The cron job's runs, by name.</summary>
    public IReadOnlyList<Job> Jobs { get; init; } = [];

    public IReadOnlyList<Ingress> Ingresses { get; init; } = [];

    public IReadOnlyList<PersistentVolumeClaim> Claims { get; init; } = [];

    public IReadOnlyList<Service> Services { get; init; } = [];

    /// <summary>Null for none, and where the cluster does not give autoscalers.</summary>
    public HorizontalPodAutoscaler? Autoscaler { get; init; }

    /// <summary>Where its load balancer answers: a host name or an IP address; null without one, and until the cluster has given it.</summary>
    public string? LoadBalancerAddress => Services.Where(s => s.Spec.Type == "LoadBalancer" && s.Metadata.DeletionTimestamp is null)
        .SelectMany(s => s.Status.LoadBalancer.Ingress ?? []).Select(a => a.Hostname ?? a.Ip).FirstOrDefault(a => !string.IsNullOrEmpty(a));

    /// <summary>
    /// Every object on the cluster of a kind that Babyhelm applies for applications, by kind and name: what a drift is found
    /// by. An object whose kind is in <see cref="Unread"/> is not seen here, whether it is there or not.
    /// </summary>
    public IReadOnlyList<AppObjectVersion> Inventory { get; init; } = [];

    /// <summary>Kinds that the cluster does not serve, or not to Babyhelm's account, for example <c>HorizontalPodAutoscaler</c>.</summary>
    public IReadOnlySet<string> Unread { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>How far the snapshot can be believed. Without a sync, a missing object means nothing.</summary>
    public CacheStatus Cluster { get; init; } = CacheStatus.Fresh;

    /// <summary>Whether what runs the application is on the cluster; true as well where that cannot be seen.</summary>
    /// <param name="cron">It runs by schedule.</param>
    public bool Runs(bool cron) => cron ? CronJob is not null || Unread.Contains(nameof(CronJob)) : Deployment is not null;

    /// <summary>Whether what runs the application is that of this release; true as well where that cannot be seen.</summary>
    public bool Runs(bool cron, int release) => Runs(cron) && (cron
        ? CronJob is null || ReleaseView.ReleaseOf(CronJob.Spec.JobTemplate.Metadata) == release
        : ReleaseView.ReleaseOf(Deployment!.Spec.Template.Metadata) == release);

    public static AppObjects Empty(AppKey key) => new(key, null, [], [], []);
}

/// <summary>Tells one state of one object from every other.</summary>
/// <param name="Generation">Counts changes of what was asked for; 0 for kinds that do not count (services, secrets, claims, autoscalers).</param>
/// <param name="ResourceVersion">Opaque; changes with the status too.</param>
public sealed record AppObjectVersion(string Kind, string Name, string Uid, long Generation, string ResourceVersion)
{
    /// <summary>Hash of what was asked for, of kinds that do not count and whose version moves all the time; null for others.</summary>
    public string? SpecHash { get; init; }

    internal static AppObjectVersion Of(KubernetesObject value) => new(
        value.GetType().Name, value.Metadata.Name, value.Metadata.Uid, value.Metadata.Generation, value.Metadata.ResourceVersion)
    {
        SpecHash = (value as HorizontalPodAutoscaler)?.Spec?.Hash,
    };

    /// <summary>False for what controllers make of an application's objects.</summary>
    internal static bool IsApplied(KubernetesObject value) => value is not (ReplicaSet or Pod or Job);
}

/// <summary>A kind that the cache cannot read on this cluster.</summary>
/// <param name="Reason">What the cluster said.</param>
public sealed record UnreadKind(string Kind, string ApiVersion, string Reason);

/// <summary>One or more alike events of one object, folded.</summary>
/// <param name="Kind">Kind of the object, for example <c>Pod</c>.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Container">Name of the container that it is about, or null.</param>
/// <param name="Message">The newest wording.</param>
/// <param name="Count">How often it happened, at least 1.</param>
public sealed record AppEvent(
    string Kind,
    string Name,
    string? Container,
    bool Warning,
    string Reason,
    string Message,
    int Count,
    DateTimeOffset First,
    DateTimeOffset Last);

/// <summary>How the cluster cache stands.</summary>
/// <param name="Synced">Every kind was listed at least once.</param>
/// <param name="StaleSince">Since when nothing is heard from the cluster; null while it answers.</param>
/// <param name="LastError">What the client said last, when stale or not yet synced, as everybody may read it.</param>
public sealed record CacheStatus(bool Synced, DateTimeOffset? StaleSince, string? LastError)
{
    /// <summary>The last error with addresses and files of the configuration: for platform admins only.</summary>
    public string? Cause { get; init; }

    /// <summary>The cluster does answer, but refuses: it lacks a permission or its credentials have run out.</summary>
    public bool Refused { get; init; }

    public static readonly CacheStatus Fresh = new(true, null, null);
    public static readonly CacheStatus NotSynced = new(false, null, null);
}

/// <summary>A pod that may be sent requests: ready and not terminating.</summary>
/// <param name="Ip">Pod address as the cluster gives it, IPv4 or IPv6.</param>
/// <param name="Port">First port that the pod's first container declares, 1 to 65535.</param>
/// <param name="Release">0 where the pod's label is missing.</param>
public sealed record PodEndpoint(string Name, string Ip, int Port, int Release);
