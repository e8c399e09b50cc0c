using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Transport;
using Babyhelm.Core.Sandbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>
/// The cluster under test for one class: a sandbox of its own, or the real cluster that all share. Namespaces that a case
/// makes are deleted at its end, and here once more should it not have come to that.
/// </summary>
public sealed class ClusterTarget : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-conformance-");
    private readonly ConcurrentDictionary<string, byte> _namespaces = new();
    private ClusterConfig? _config;
    private KubernetesClient? _client;
    private ClusterTransport? _transport;

    /// <summary>How long the sandbox takes to pull an image the first time.</summary>
    public TimeSpan PullDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Null on a real cluster.</summary>
    public SandboxCluster? Sandbox { get; private set; }

    public string KubeConfigPath { get; private set; } = "";

    public KubernetesClient Client => _client!;

    public ClusterConfig Config => _config!;

    /// <summary>For requests that the client does not make, such as those of another field manager.</summary>
    internal ClusterTransport Transport => _transport!;

    public async Task InitializeAsync()
    {
        if (ConformanceTarget.KubeConfig is { } path) KubeConfigPath = path;
        else
        {
            Sandbox = await SandboxCluster.StartAsync(Options, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            KubeConfigPath = Path.Combine(_folder.FullName, "kubeconfig");
            await File.WriteAllTextAsync(KubeConfigPath, Sandbox.KubeConfig);
        }
        _config = ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfigPath }).Value;
        _client = new KubernetesClient(_config);
        _transport = new ClusterTransport(_config, TimeProvider.System, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        foreach (var left in _namespaces.Keys) await DeleteNamespaceAsync(left);
        _client?.Dispose();
        _transport?.Dispose();
        if (Sandbox is not null) await Sandbox.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>A new namespace with a random name, ready to take pods.</summary>
    public async Task<string> NewNamespaceAsync(CancellationToken cancellation, params (string Key, string Value)[] labels)
    {
        var name = $"conformance-{Guid.NewGuid().ToString("N")[..12]}";
        _namespaces[name] = 0;
        var created = await Client.CreateAsync(Objects.Namespace(name, labels), cancellation: cancellation);
        Assert.True(created.Error is null, created.Error?.Message);
        // Pods are refused before their service account is there.
        await Waiting.UntilAsync<JsonObject>(Client, ResourceType.ServiceAccounts, name, "default", _ => true, cancellation);
        // Up to Kubernetes 1.23 its token comes after it, and pods are refused for 3 s each until it is there.
        while ((await Client.CreateAsync(Objects.Pod(name, "try"), dryRun: true, cancellation)).Error is KubernetesError { Reason: "ServerTimeout" })
            await Task.Delay(100, cancellation);
        return name;
    }

    /// <summary>Has a namespace that someone else makes deleted at the end of the class.</summary>
    public void Adopt(string ns) => _namespaces[ns] = 0;

    /// <summary>Starts the deletion; a real cluster needs some seconds more to end the pods in it.</summary>
    public async Task DeleteNamespaceAsync(string name)
    {
        var deleted = await Client.DeleteAsync(ResourceType.Namespaces, null, name);
        Assert.True(deleted.Error is null or KubernetesError { IsConflict: true }, deleted.Error?.Message);
        _namespaces.TryRemove(name, out _);
    }

    /// <summary>The same cluster for the holder of a token.</summary>
    public ClusterConfig ForToken(string token) => new()
    {
        Server = _config!.Server,
        TlsServerName = _config.TlsServerName,
        Authorities = _config.Authorities,
        Credentials = new FixedToken(token),
    };

    /// <summary>The same cluster as another user, whom the own one impersonates.</summary>
    public ClusterConfig ForUser(string name) => new()
    {
        Server = _config!.Server,
        TlsServerName = _config.TlsServerName,
        Authorities = _config.Authorities,
        Certificate = _config.Certificate,
        Credentials = _config.Credentials,
        Headers = [("Impersonate-User", name)],
    };

    /// <summary>Short waits, so that the suite is quick; everything else as people have it.</summary>
    private SandboxOptions Options => new()
    {
        PullDelay = PullDelay,
        StartDelay = TimeSpan.FromMilliseconds(20),
        SandboxDelay = TimeSpan.FromMilliseconds(20),
        CrashDelay = TimeSpan.FromMilliseconds(50),
        BackOff = TimeSpan.FromMilliseconds(400),
        Second = TimeSpan.FromMilliseconds(100),
        DrainDelay = TimeSpan.FromMilliseconds(50),
        BookmarkInterval = TimeSpan.FromMilliseconds(200),
    };
}
