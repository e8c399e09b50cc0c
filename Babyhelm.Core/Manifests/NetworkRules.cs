using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>Ports, health check and exposure.</summary>
internal static class NetworkRules
{
    public const int MaxPorts = 20;
    public const int MaxPathLength = 2048;

    public static void CheckPorts(AppSpec spec, FaultList faults)
    {
        if (spec.Ports.Count > MaxPorts) faults.Add("ports", $"Use at most {MaxPorts} ports; these are {spec.Ports.Count}.");
        if (spec is { Kind: AppKind.Cron, Ports.Count: > 0 }) faults.Add("ports", "A cron application serves no ports.");
        var seen = new HashSet<int>();
        for (var i = 0; i < Math.Min(spec.Ports.Count, MaxPorts); i++)
        {
            var port = spec.Ports[i];
            if (!IsPort(port.Port)) faults.Add($"ports[{i}].port", "Use a port from 1 to 65535.");
            else if (!seen.Add(port.Port)) faults.Add($"ports[{i}].port", $"Port {port.Port} is already used above.");
            if (IsPort(port.Port) && !IsPort(port.Target)) faults.Add($"ports[{i}].targetPort", "Use a port from 1 to 65535.");
        }
    }

    public static void CheckHealth(AppSpec spec, FaultList faults)
    {
        if (spec.Health is not { } health) return;
        if (spec.Kind == AppKind.Cron)
        {
            faults.Add("health", "A cron application has no health check.");
            return;
        }
        if (health.Path is { } path)
        {
            if (path.Length == 0 || path[0] != '/') faults.Add("health.path", "Start the path with '/'.");
            else if (path.Length > MaxPathLength) faults.Add("health.path", $"A path has at most {MaxPathLength} characters.");
            else if (path.FirstOrDefault(c => c is <= ' ' or >= '\x7f') is var bad && bad != default)
                faults.Add("health.path", $"A path has only ASCII characters without spaces; encode {Text.Show(bad)} as in a web address.");
            else if (path.Contains('\0')) faults.Add("health.path", "A path has no NUL character.");
        }
        if (health.Command is { Count: > 0 } command)
        {
            ProcessRules.CheckCommand(command, "health.command", faults);
            if (health.Path is not null || health.Port is not null) faults.Add("health.command", "Check by a command, or by a path or port: not by both.");
        }
        if (health.Port is { } port && !IsPort(port)) faults.Add("health.port", "Use a port from 1 to 65535.");
        if (health.Port is null && spec.Ports.Count == 0 && health.Command is not { Count: > 0 }) faults.Add("health.port", "Say which port to check: the application has none.");
    }

    public static void CheckExposure(AppSpec spec, FaultList faults)
    {
        var expose = spec.Expose;
        if (!Enum.IsDefined(expose.Type)) faults.Add("expose.type", "Choose gateway, ingress, loadBalancer or none.");
        else if (spec.Kind == AppKind.Cron && expose.Type != ExposeType.None) faults.Add("expose.type", "A cron application is not exposed.");
        else if (spec.Kind == AppKind.Worker && expose.Type is ExposeType.Gateway or ExposeType.Ingress)
            faults.Add("expose.type", "A worker is not exposed by the gateway or an ingress; make it a web application.");
        else if (expose.Type != ExposeType.None && spec.Ports.Count == 0) faults.Add("expose.type", "Give a port to expose.");

        if (expose.Host is { } host)
        {
            if (expose.Type == ExposeType.Gateway && spec.Kind == AppKind.Web) faults.Add("expose.host", "Babyhelm's own gateway answers at the link alone: a host name of its own needs an ingress.");
            else if (expose.Type is ExposeType.LoadBalancer or ExposeType.None) faults.Add("expose.host", "A host name needs an ingress.");
            if (!DnsName.IsHost(host)) faults.Add("expose.host", "Use a full host name in lower case, for example shop.example.com.");
        }
        else if (expose.Type == ExposeType.Ingress) faults.Add("expose.host", "An ingress needs a host name, for example shop.example.com.");

        if (expose.LoadBalancerClass is not { } loadBalancer) return;
        if (expose.Type != ExposeType.LoadBalancer) faults.Add("expose.loadBalancerClass", "A load balancer class needs a load balancer.");
        if (!DnsName.IsQualifiedName(loadBalancer)) faults.Add("expose.loadBalancerClass", "Use a name such as tailscale or example.com/internal.");
    }

    private static bool IsPort(int port) => port is >= 1 and <= 65535;
}
