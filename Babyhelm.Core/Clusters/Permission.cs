using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Clusters;

/// <summary>Something that Babyhelm does on the cluster, in every namespace that it makes, and so in all.</summary>
/// <param name="Subresource">For example <c>log</c>; null for the resource itself.</param>
/// <param name="Verbs">As RBAC names them.</param>
/// <param name="Purpose">What it is for: a phrase that goes on from "to".</param>
/// <param name="Required">Without it no application can be deployed or followed; else only the named part is missing.</param>
public sealed record Permission(ResourceType Type, string? Subresource, IReadOnlyList<string> Verbs, string Purpose, bool Required)
{
    /// <summary>As RBAC names it: <c>pods/log</c>.</summary>
    public string Resource => Subresource is null ? Type.Plural : $"{Type.Plural}/{Subresource}";

    /// <summary>With the API group, as kubectl names it: <c>deployments.apps</c>.</summary>
    public string FullName => Type.Group.Length == 0 ? Resource : $"{Type.Plural}.{Type.Group}{(Subresource is null ? "" : "/" + Subresource)}";
}

/// <summary>The one list of what Babyhelm's account must be allowed. The preflight asks for each, and docs/rbac.yaml is written from it.</summary>
public static class Permissions
{
    // A server-side apply is a patch, and a create where the object is not there yet.
    private static readonly string[] Apply = ["create", "patch"];

    // Watched and read to see whether somebody changed it.
    private static readonly string[] Own = ["get", "list", "watch", "create", "patch", "delete"];

    // What somebody added to a workload or its autoscaler, an apply leaves alone: it is replaced.
    private static readonly string[] OwnWorkload = ["get", "list", "watch", "create", "patch", "update", "delete"];
    private static readonly string[] Follow = ["list", "watch"];

    public static readonly IReadOnlyList<Permission> All =
    [
        new(ResourceType.Namespaces, null, Own, "give every project a namespace of its own, and remove it with the project", true),
        new(ResourceType.ServiceAccounts, null, Apply, "run a project's pods under an account without rights", true),
        new(ResourceType.ResourceQuotas, null, ["list", "watch", "create", "patch"], "limit what a project may use, and show how much of it is used", true),
        new(ResourceType.LimitRanges, null, Apply, "give every container limits", true),
        new(ResourceType.NetworkPolicies, null, Own, "fence projects off from each other", true),
        new(ResourceType.Deployments, null, OwnWorkload, "run applications and follow their rollouts", true),
        new(ResourceType.ReplicaSets, null, Follow, "follow rollouts", true),
        new(ResourceType.Pods, null, ["get", "list", "watch"], "follow rollouts and logs, find the pods behind a link, and add up what nodes are asked for", true),
        new(ResourceType.Events, null, Follow, "say why a rollout does not get on", true),
        new(ResourceType.Services, null, Own, "give applications an address in the cluster", true),
        new(ResourceType.Secrets, null, Own, "pass secret variables to containers", true),
        new(ResourceType.Pods, "log", ["get"], "show logs", false),
        // Servers from 1.35 on ask for the second too.
        new(ResourceType.Pods, "exec", ["get", "create"], "open terminals", false),
        new(ResourceType.PersistentVolumeClaims, null, Own, "give applications volumes", false),
        new(ResourceType.Ingresses, null, Own, "open applications through an ingress", false),
        new(ResourceType.HorizontalPodAutoscalers, null, OwnWorkload, "scale applications by their load", false),
        new(ResourceType.CronJobs, null, OwnWorkload, "run cron applications", false),
        new(ResourceType.Jobs, null, ["list", "watch", "create"], "follow the runs of cron applications, and start one by hand", false),
        new(ResourceType.Nodes, null, ["list"], "show nodes and their room on the cluster page", false),
    ];
}

/// <summary>One verb of a <see cref="Permission"/>, and what the cluster said of it.</summary>
/// <param name="Granted">Null while that is not known.</param>
/// <param name="Reason">Why, where the cluster says so.</param>
public sealed record PermissionCheck(Permission Permission, string Verb, bool? Granted, string? Reason)
{
    public override string ToString() => $"{Verb} {Permission.FullName}";
}
