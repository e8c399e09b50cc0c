namespace Babyhelm.Web.Features.Templates;

/// <summary>What each template is for.</summary>
internal static class TemplateWords
{
    private static readonly Dictionary<string, string> Purposes = new()
    {
        ["autoscaler"] = "Autoscaling of an application",
        ["cron-job"] = "Applications that run by schedule",
        ["deployment"] = "Applications that run all the time",
        ["ingress"] = "Exposure through the cluster's ingress",
        ["limit-range"] = "Defaults for containers, of a project",
        ["namespace"] = "Namespace of a project",
        ["network-policy-allow"] = "What may reach a project's pods",
        ["network-policy-deny"] = "What may not reach a project's pods: everything else",
        ["network-policy-public"] = "Lets a load balancer reach an application",
        ["pod"] = "Pods, for deployments and cron jobs",
        ["probe"] = "Health checks of a pod",
        ["pull-secret"] = "Credentials that pull an application's image",
        ["resource-quota"] = "Quota of a project",
        ["secret"] = "Secret variables of an application",
        ["service"] = "Ports of an application",
        ["service-account"] = "Account of a project's pods, without a token",
        ["volume-claim"] = "Volumes of an application",
    };

    public static string Purpose(string name) => Purposes.GetValueOrDefault(name, "");
}
