using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Api;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>Hands out cluster addresses (10.96.0.0/16; nothing answers there) and node ports. Used under the store's lock.</summary>
internal sealed class ServiceAddresses(ObjectStore store)
{
    private const int FirstNodePort = 30000;
    private const int NodePorts = 2768;

    private int _next = 10;
    private int _nextPort;

    /// <summary>Gives a new service its addresses; answers what is wrong with those it asks for, or null.</summary>
    public StatusError? Assign(JsonObject service, bool dryRun)
    {
        var spec = service.Make("spec");
        if (spec.Str("type") == "ExternalName") return null;
        var used = store.List(ApiResource.Services).SelectMany(s => s.Read().List("spec", "clusterIPs") ?? []).Select(i => i.Scalar()).ToHashSet();
        if (spec.Str("clusterIP") is { Length: > 0 } wanted)
        {
            if (wanted != "None" && used.Contains(wanted))
            {
                var errors = new FieldErrors();
                errors.Invalid("spec.clusterIPs", new JsonArray(wanted), $"failed to allocate IP {wanted}: provided IP is already allocated");
                return errors.ToStatus(ApiResource.Services, service.Str("metadata", "name") ?? "");
            }
        }
        else
        {
            var at = _next;
            string ip;
            do ip = $"10.96.{at / 256 % 256}.{at++ % 256}";
            while (used.Contains(ip));
            if (!dryRun) _next = at;
            spec["clusterIP"] = ip;
        }
        spec["clusterIPs"] = new JsonArray(spec.Str("clusterIP"));
        NodePort(spec);
        return null;
    }

    /// <summary>Keeps what a service was given when an update leaves it out.</summary>
    public void Keep(JsonObject after, JsonObject before)
    {
        var spec = after.Make("spec");
        if (spec.Str("type") == "ExternalName") return;
        if (spec.Str("clusterIP") is not { Length: > 0 }) spec.SetField("clusterIP", before.At("spec", "clusterIP")?.DeepClone());
        if (spec["clusterIPs"] is null) spec.SetField("clusterIPs", before.At("spec", "clusterIPs")?.DeepClone());
        foreach (var port in spec.Items("ports"))
            if (port["nodePort"] is null && before.Items("spec", "ports").FirstOrDefault(p => p.Int("port") == port.Int("port")) is { } old)
                port.SetField("nodePort", old["nodePort"]?.DeepClone());
        NodePort(spec);
    }

    private void NodePort(JsonObject spec)
    {
        var nodePorts = spec.Str("type") is "NodePort" or "LoadBalancer";
        foreach (var port in spec.Items("ports"))
        {
            if (!nodePorts) port.Remove("nodePort");
            else if (port.Int("nodePort") is null or 0) port["nodePort"] = FirstNodePort + (_nextPort++ % NodePorts);
        }
    }
}
