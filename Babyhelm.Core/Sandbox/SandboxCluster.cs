using System.Net;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Api;
using Babyhelm.Core.Sandbox.Controllers;
using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Core.Sandbox.Storage;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox;

/// <summary>
/// A Kubernetes cluster in this process, with everything in memory: an API over HTTPS on loopback, its controllers, and
/// one node whose pods are HTTP listeners on loopback addresses. Ends with <see cref="DisposeAsync"/>, leaving nothing.
/// </summary>
public sealed class SandboxCluster : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly FaultLevers _levers;
    private readonly PodNetwork _network;
    private readonly AccessRules _access;
    private readonly Certificates _certificates;
    private readonly IReadOnlyList<Func<ValueTask>> _stops;
    private int _disposed;

    private SandboxCluster(ObjectStore store, FaultLevers levers, PodNetwork network, AccessRules access, Certificates certificates, Uri endpoint, string token, IReadOnlyList<Func<ValueTask>> stops)
    {
        (_store, _levers, _network, _access, _certificates, Endpoint, _stops) = (store, levers, network, access, certificates, endpoint, stops);
        Token = token;
        KubeConfig = Sandbox.KubeConfig.Write(endpoint, certificates.AuthorityPem, token);
    }

    /// <summary>Address of the API, <c>https://127.0.0.1:{port}</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>A kubeconfig with the cluster's CA and token, as YAML. Holds a secret.</summary>
    public string KubeConfig { get; }

    /// <summary>The bearer token of the one user, who may do everything.</summary>
    public string Token { get; }

    /// <summary>PEM of the CA that signed the API's certificate.</summary>
    public string AuthorityPem => _certificates.AuthorityPem;

    /// <summary>What was asked for so far and is in <see cref="SandboxOptions.Forbidden"/>, in its form.</summary>
    public IReadOnlyCollection<string> Refused => _access.Refused;

    /// <summary>Objects of all kinds that the cluster holds now.</summary>
    public int ObjectCount => _store.Count;

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SandboxCluster> StartAsync(SandboxOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken ct)
    {
        var logger = logs.CreateLogger("Babyhelm.Core.Sandbox");
        var certificates = Certificates.Make(time.GetUtcNow());
        var store = new ObjectStore(options, time);
        var registry = new Registry(store, new ServiceAddresses(store), options, time);
        var deletion = new Deletion(store, time);
        var events = new EventRecorder(store, options, time);
        var levers = new FaultLevers();
        var authentication = new Authentication();
        var access = new AccessRules(options);
        var pods = await PodServer.StartAsync(logs, ct);
        var network = new PodNetwork(pods);
        var loop = new ControlLoop(store,
        [
            new NamespaceController(registry, deletion, certificates.AuthorityPem), new DeploymentController(registry, deletion, events, new(registry, options, time)), new ReplicaSetController(registry, deletion, events, options, time),
            new Scheduler(registry, events, options), new EndpointsController(registry), new GarbageCollector(store, deletion), new QuotaController(registry),
            new ClaimController(registry, events), new AutoscalerController(registry), new JobController(registry, deletion, events, options, time),
            new CronJobController(registry, deletion, events, time),
        ], time, logger);
        var node = new NodeAgent(new(registry, deletion, events, network, options, time, logger));
        Furnish(registry, options);
        var containers = new PodContainers(store, node);
        var router = new ApiRouter(new(store, time), new(store, levers, options, time), new(registry, deletion), new(registry, access), new(registry),
            new(containers, time), new(store, containers, levers, time), new(store, node, options), new(access), access);
        try
        {
            var server = await ApiServer.StartAsync(options.Port, certificates, authentication, levers, router, logs, ct);
            return new(store, levers, network, access, certificates, server.Endpoint, authentication.Token, [server.DisposeAsync, node.DisposeAsync, loop.DisposeAsync, () => new(pods.StopAsync())]);
        }
        catch
        {
            await node.DisposeAsync();
            await loop.DisposeAsync();
            await pods.StopAsync();
            certificates.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Where a pod's endpoint really listens: the same, except for ports below 1024 that this process may not bind. Whoever
    /// connects to pods goes through this.
    /// </summary>
    public IPEndPoint Resolve(IPEndPoint endpoint) => _network.Resolve(endpoint);

    /// <summary>Forgets all history: watches that resume from an older version get 410 Gone.</summary>
    public void CompactHistory() => _store.Compact();

    /// <summary>Ends every open watch, as a server does that restarts.</summary>
    public void EndWatches() => _store.EndWatches();

    /// <summary>Stops answering: connections stay open, nothing is said on them.</summary>
    public void Freeze() => _levers.Freeze();

    /// <summary>Answers again, first what has waited.</summary>
    public void Thaw() => _levers.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _levers.Stop();
        _store.EndWatches();
        foreach (var stop in _stops) await stop();
        _levers.Dispose();
        _certificates.Dispose();
    }

    private static void Furnish(Registry registry, SandboxOptions options)
    {
        registry.Store.Put(ApiResource.Nodes, NodeInfo.Build(options, registry.Now));
        foreach (var name in new[] { "default", "kube-system", "kube-public" })
            registry.Create(ApiResource.Namespaces, null, new() { ["metadata"] = new JsonObject { ["name"] = name } }, WriteContext.Controller);
    }
}
