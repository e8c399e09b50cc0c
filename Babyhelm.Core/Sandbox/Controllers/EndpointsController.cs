using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Keeps the Endpoints and the EndpointSlice of each service with a selector.</summary>
internal sealed class EndpointsController(Registry registry) : Reconciler
{
    private const string ServiceLabel = "kubernetes.io/service-name";

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Services) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Pods)
            foreach (var service in registry.Store.List(ApiResource.Services, change.Object.Namespace))
                if (Selects(service, change.Object) || (change.Previous is { } before && Selects(service, before))) enqueue(service.Namespace, service.Name);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            var service = registry.Store.Get(ApiResource.Services, ns, name);
            var body = service?.Read();
            if (service?.PodSelector is not { } matcher)
            {
                if (service is null && registry.Store.Get(ApiResource.Endpoints, ns, name) is { } left) registry.Store.Remove(left);
                return;
            }
            if (service.Deleting) return;
            var pods = registry.Store.List(ApiResource.Pods, ns).Where(p => matcher.Matches(p.Labels)).OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => (Stored: p, Body: p.Read())).Where(p => p.Body.Str("status", "podIP") is not null && !PodFacts.Ended(p.Body)).ToList();
            var always = body.Bool("spec", "publishNotReadyAddresses") == true;
            var ports = body.Items("spec", "ports").ToList();
            WriteEndpoints(service, ports, pods, always);
            WriteSlice(service, ports, pods, always);
        }
    }

    private void WriteEndpoints(StoredObject service, List<JsonObject> ports, List<(StoredObject Stored, JsonObject Body)> pods, bool always)
    {
        JsonArray Addresses(bool ready) => new([.. pods.Where(p => !p.Stored.Deleting && (always || PodFacts.Ready(p.Body)) == ready).Select(p => new JsonObject
        {
            ["ip"] = p.Body.Str("status", "podIP"), ["nodeName"] = NodeInfo.Name, ["targetRef"] = Target(p.Stored),
        })]);
        var subset = new JsonObject();
        foreach (var (field, addresses) in new[] { ("addresses", Addresses(true)), ("notReadyAddresses", Addresses(false)) })
            if (addresses.Count > 0) subset[field] = addresses;
        if (subset.Count > 0) subset["ports"] = new JsonArray([.. ports.Select(p => Port(p, pods))]);
        var subsets = subset.Count > 0 ? new JsonArray(subset) : null;
        if (registry.Store.Get(ApiResource.Endpoints, service.Namespace, service.Name) is { } stored) registry.Mutate(stored, b => b.SetField("subsets", subsets));
        else registry.Create(ApiResource.Endpoints, service.Namespace, new()
        {
            ["metadata"] = new JsonObject { ["name"] = service.Name },
            ["subsets"] = subsets,
        }, WriteContext.Controller);
    }

    private void WriteSlice(StoredObject service, List<JsonObject> ports, List<(StoredObject Stored, JsonObject Body)> pods, bool always)
    {
        var endpoints = new JsonArray([.. pods.Select(p =>
        {
            var ready = PodFacts.Ready(p.Body);
            return new JsonObject
            {
                ["addresses"] = new JsonArray(p.Body.Str("status", "podIP")),
                ["conditions"] = new JsonObject { ["ready"] = always || (ready && !p.Stored.Deleting), ["serving"] = ready, ["terminating"] = p.Stored.Deleting },
                ["nodeName"] = NodeInfo.Name,
                ["targetRef"] = Target(p.Stored),
            };
        })]);
        var slicePorts = new JsonArray([.. ports.Select(p => Port(p, pods))]);
        foreach (var port in slicePorts.OfType<JsonObject>()) port.Default("name", "");
        var existing = registry.Store.Controlled(ApiResource.EndpointSlices, service.Namespace, service.Uid).FirstOrDefault();
        if (existing is not null)
        {
            registry.Mutate(existing, b => (b["endpoints"], b["ports"]) = (endpoints, slicePorts));
            return;
        }
        registry.Create(ApiResource.EndpointSlices, service.Namespace, new()
        {
            ["metadata"] = new JsonObject
            {
                ["generateName"] = $"{service.Name}-",
                ["labels"] = new JsonObject { [ServiceLabel] = service.Name, ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io" },
                ["ownerReferences"] = new JsonArray(Ownership.Controller(service)),
            },
            ["addressType"] = "IPv4",
            ["endpoints"] = endpoints,
            ["ports"] = slicePorts,
        }, WriteContext.Controller);
    }

    private static JsonObject Port(JsonObject port, List<(StoredObject Stored, JsonObject Body)> pods)
    {
        var target = port["targetPort"].Int() ?? pods.SelectMany(p => p.Body.Items("spec", "containers")).SelectMany(c => c.Items("ports"))
            .FirstOrDefault(p => p.Str("name") == port.Str("targetPort")).Int("containerPort");
        var result = new JsonObject();
        if (port.Str("name") is { Length: > 0 } name) result["name"] = name;
        result.SetField("port", target);
        result["protocol"] = port.Str("protocol") ?? "TCP";
        return result;
    }

    private static JsonObject Target(StoredObject pod) => new() { ["kind"] = "Pod", ["namespace"] = pod.Namespace, ["name"] = pod.Name, ["uid"] = pod.Uid };

    private static bool Selects(StoredObject service, StoredObject pod) =>
        service.PodSelector?.Matches(pod.Labels) == true;
}
