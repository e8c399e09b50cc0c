using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Rollouts;

/// <summary>Makes cluster objects of the application <c>web</c> in the namespace <c>shop</c>.</summary>
internal static class Make
{
    public const string Ns = "shop";
    public const string App = "web";
    public static readonly AppKey Key = new(Ns, App);
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static int _version;

    public static DateTimeOffset At(double seconds) => T0 + TimeSpan.FromSeconds(seconds);

    public static ReleaseInfo Release(int number = 1, ReleaseState state = ReleaseState.RollingOut, int? replicas = 1) =>
        new(Guid.Parse("11111111-1111-1111-1111-111111111111"), Guid.Empty, Ns, App, number, state, replicas, At(-2))
        {
            StartedAt = At(-1),
            AppliedAt = T0,
        };

    public static Metadata Meta(string name, int release, string app = App) => new()
    {
        Name = name,
        Namespace = Ns,
        Uid = $"uid-{name}",
        ResourceVersion = Interlocked.Increment(ref _version).ToString(),
        CreationTimestamp = T0,
        Labels = Tags(release, app),
    };

    private static Dictionary<string, string> Tags(int release, string app)
    {
        var labels = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.ManagedByValue, [Labels.App] = app };
        if (release > 0) labels[Labels.Release] = release.ToString();
        return labels;
    }

    public static Deployment Deployment(
        int release = 1, int? wanted = 1, int replicas = 1, int updated = 1, int available = 0, long generation = 1, long observed = 1,
        bool paused = false, int? deadline = null, int minReady = 0, params Condition[] conditions) => new()
        {
            Metadata = Meta(App, release) with { Generation = generation },
            Spec = new DeploymentSpec
            {
                Replicas = wanted,
                Paused = paused,
                ProgressDeadlineSeconds = deadline,
                MinReadySeconds = minReady,
                Template = new PodTemplate { Metadata = new Metadata { Labels = Tags(release, App) } },
            },
            Status = new DeploymentStatus
            {
                ObservedGeneration = observed,
                Replicas = replicas,
                UpdatedReplicas = updated,
                AvailableReplicas = available,
                ReadyReplicas = available,
                Conditions = conditions,
            },
        };

    public static Condition DeadlineExceeded(double at) => new()
    {
        Type = "Progressing",
        Status = "False",
        Reason = "ProgressDeadlineExceeded",
        Message = "ReplicaSet has timed out progressing.",
        LastUpdateTime = At(at),
    };

    public static ReplicaSet ReplicaSet(int release = 1, int wanted = 1, int replicas = 1, int available = 0, params Condition[] conditions) => new()
    {
        Metadata = Meta(SetName(release), release),
        Spec = new ReplicaSetSpec { Replicas = wanted },
        Status = new ReplicaSetStatus { Replicas = replicas, ReadyReplicas = available, AvailableReplicas = available, Conditions = conditions },
    };

    public static string SetName(int release) => $"web-h{release}";

    public static string PodName(int release = 1, int n = 1) => $"web-h{release}-p{n}";

    public static Pod Pod(
        int release = 1, int n = 1, ContainerState? state = null, ContainerState? last = null, int restarts = 0, bool ready = false,
        double? readyAt = null, bool scheduled = true, bool terminating = false, string image = "demo/hello:1", string? memory = null,
        string? unschedulable = null, bool label = true, ContainerState? init = null, bool probe = true)
    {
        var meta = Meta(PodName(release, n), label ? release : 0) with
        {
            DeletionTimestamp = terminating ? At(50) : null,
            OwnerReferences = [new OwnerReference { Kind = "ReplicaSet", Name = SetName(release), Uid = $"uid-{SetName(release)}", Controller = true }],
        };
        var conditions = new List<Condition>
        {
            new() { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = At(readyAt ?? 0) },
            unschedulable is null
                ? new() { Type = "PodScheduled", Status = scheduled ? "True" : "False" }
                : new() { Type = "PodScheduled", Status = "False", Reason = "Unschedulable", Message = unschedulable, LastTransitionTime = At(1) },
        };
        return new Pod
        {
            Metadata = meta,
            Spec = new PodSpec
            {
                NodeName = scheduled && unschedulable is null ? "node1" : null,
                Containers =
                [
                    new Container
                    {
                        Name = App,
                        Image = image,
                        Ports = [new ContainerPort { Port = 8080 }],
                        ReadinessProbe = probe ? new Probe() : null,
                        Resources = new ContainerResources
                        {
                            Limits = memory is null ? null : new Dictionary<string, string> { ["memory"] = memory },
                            Requests = new Dictionary<string, string> { ["cpu"] = "4" },
                        },
                    },
                ],
            },
            Status = new PodStatus
            {
                Phase = state?.Running is not null || restarts > 0 ? "Running" : "Pending",
                PodIP = ready ? $"10.0.{release}.{n}" : null,
                StartTime = T0,
                Conditions = conditions,
                InitContainerStatuses = init is null ? null : [new ContainerStatus { Name = "setup", State = init }],
                ContainerStatuses = state is null ? null :
                [
                    new ContainerStatus { Name = App, Image = image, State = state, LastState = last ?? new(), RestartCount = restarts, Ready = ready },
                ],
            },
        };
    }

    public static Pod ReadyPod(int release = 1, int n = 1, double at = 0) => Pod(release, n, Running(at), ready: true, readyAt: at);

    public static ContainerState Waiting(string reason, string? message = null) => new() { Waiting = new ContainerWaiting { Reason = reason, Message = message } };

    public static ContainerState Running(double at) => new() { Running = new ContainerRunning { StartedAt = At(at) } };

    public static ContainerState Ended(int code, double at, string reason = "Error", string? message = null) => new()
    {
        Terminated = new ContainerTerminated { ExitCode = code, Reason = reason, Message = message, StartedAt = At(at - 1), FinishedAt = At(at) },
    };

    public static AppEvent Event(
        string reason, string message, double first = 1, double? last = null, string kind = "Pod", string? name = null, string? container = App,
        bool warning = true, int count = 1) =>
        new(kind, name ?? PodName(), kind == "Pod" ? container : null, warning, reason, message, count, At(first), At(last ?? first));

    public static Event RawEvent(string name, string reason, string message, string kind = "Pod", string? about = null, double at = 1, int count = 1, string type = "Warning") => new()
    {
        Metadata = new Metadata { Name = name, Namespace = Ns, Uid = $"uid-{name}", ResourceVersion = Interlocked.Increment(ref _version).ToString() },
        InvolvedObject = new ObjectReference { Kind = kind, Name = about ?? PodName(), Namespace = Ns, FieldPath = kind == "Pod" ? "spec.containers{web}" : null },
        Reason = reason,
        Message = message,
        Type = type,
        Count = count,
        FirstTimestamp = At(at),
        LastTimestamp = At(at),
    };

    public static CronJob CronJob(int release = 1, bool suspended = false) => new()
    {
        Metadata = Meta(App, release),
        Spec = new CronJobSpec { Schedule = "0 3 * * *", Suspend = suspended, JobTemplate = new JobTemplate { Metadata = new Metadata { Labels = Tags(release, App) } } },
    };

    public static string JobName(int n = 1) => $"web-{28000000 + n}";

    /// <param name="ended"><c>Complete</c>, <c>Failed</c>, or null while it is under way.</param>
    public static Job Job(int n = 1, int release = 1, string? ended = null, double at = 5, string? reason = null, string? message = null, int active = 0) => new()
    {
        Metadata = Meta(JobName(n), release),
        Status = new JobStatus
        {
            Active = active,
            Failed = ended == "Failed" ? 1 : 0,
            Succeeded = ended == "Complete" ? 1 : 0,
            StartTime = At(at - 2),
            Conditions = ended is null ? null : [new Condition { Type = ended, Status = "True", Reason = reason, Message = message, LastTransitionTime = At(at) }],
        },
    };

    public static Pod JobPod(int job, ContainerState state, int release = 1, string? phase = null)
    {
        var pod = Pod(release, 1, state);
        return pod with
        {
            Metadata = pod.Metadata with
            {
                Name = $"{JobName(job)}-x1",
                OwnerReferences = [new OwnerReference { Kind = "Job", Name = JobName(job), Uid = $"uid-{JobName(job)}", Controller = true }],
            },
            Status = pod.Status with { Phase = phase ?? (state.Terminated is { ExitCode: 0 } ? "Succeeded" : state.Terminated is not null ? "Failed" : state.Running is not null ? "Running" : "Pending") },
        };
    }

    public static PersistentVolumeClaim Claim(string phase = "Pending", string? storageClass = null, int release = 1) => new()
    {
        Metadata = Meta("web-data", release),
        Spec = new VolumeClaimSpec
        {
            StorageClassName = storageClass,
            Resources = new ContainerResources { Requests = new Dictionary<string, string> { ["storage"] = "5Gi" } },
        },
        Status = new VolumeClaimStatus { Phase = phase },
    };

    public static Ingress Ingress(string? address = null, string? ingressClass = null, int release = 1) => new()
    {
        Metadata = Meta(App, release),
        Spec = new IngressSpec { IngressClassName = ingressClass, Rules = [new IngressRule { Host = "web.example.com" }] },
        Status = new IngressStatus
        {
            LoadBalancer = new LoadBalancerStatus { Ingress = address is null ? null : [new LoadBalancerAddress { Ip = address }] },
        },
    };

    public static Service Balancer(string? address = null, string? balancerClass = null, int release = 1) => new()
    {
        Metadata = Meta(App, release),
        Spec = new ServiceSpec { Type = "LoadBalancer", LoadBalancerClass = balancerClass },
        Status = new ServiceStatus { LoadBalancer = new LoadBalancerStatus { Ingress = address is null ? null : [new LoadBalancerAddress { Ip = address }] } },
    };

    public static AppObjects Objects(Deployment? deployment, params object[] rest) => new(
        Key, deployment, [.. rest.OfType<ReplicaSet>()], [.. rest.OfType<Pod>()], [.. rest.OfType<AppEvent>().OrderBy(e => e.Last)])
    {
        CronJob = rest.OfType<CronJob>().SingleOrDefault(),
        Jobs = [.. rest.OfType<Job>()],
        Claims = [.. rest.OfType<PersistentVolumeClaim>()],
        Ingresses = [.. rest.OfType<Ingress>()],
        Services = [.. rest.OfType<Service>()],
    };
}
