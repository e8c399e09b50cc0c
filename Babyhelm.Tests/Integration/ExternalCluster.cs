using System.Net;
using System.Net.Sockets;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Sandbox;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>A sandbox in the test's process, which outlives web processes, behind a link that can be cut.</summary>
public sealed class ExternalCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-cluster-");

    private ExternalCluster(SandboxCluster sandbox, CuttableLink link)
    {
        Sandbox = sandbox;
        Link = link;
        KubeConfigPath = Path.Combine(_folder.FullName, "kubeconfig");
        File.WriteAllText(KubeConfigPath, sandbox.KubeConfig.Replace(
            $"server: {sandbox.Endpoint.GetLeftPart(UriPartial.Authority)}", $"server: https://127.0.0.1:{link.Port}", StringComparison.Ordinal));
        Client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfigPath }).Value);
    }

    public SandboxCluster Sandbox { get; }
    public CuttableLink Link { get; }
    public string KubeConfigPath { get; }

    /// <summary>Kubernetes itself, over the same link.</summary>
    public KubernetesClient Client { get; }

    /// <summary>Settings of a web process that uses this cluster.</summary>
    public Dictionary<string, string> Settings => new() { ["Kubernetes__KubeConfig"] = KubeConfigPath };

    /// <param name="forbidden">See <see cref="SandboxOptions.Forbidden"/>.</param>
    public static async Task<ExternalCluster> StartAsync(TimeSpan? pullDelay = null, params IEnumerable<string> forbidden)
    {
        var sandbox = await SandboxCluster.StartAsync(
            new SandboxOptions
            {
                PullDelay = pullDelay ?? TimeSpan.FromMilliseconds(300),
                StartDelay = TimeSpan.FromMilliseconds(50),
                SandboxDelay = TimeSpan.FromMilliseconds(50),
                Forbidden = [.. forbidden],
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        return new ExternalCluster(sandbox, CuttableLink.To(new IPEndPoint(IPAddress.Loopback, sandbox.Endpoint.Port)));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Link.Dispose();
        await Sandbox.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Forwards TCP connections on loopback; cut, it refuses new ones and breaks those that are open.</summary>
public sealed class CuttableLink : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly IPEndPoint _target;
    private readonly Socket _held = TestPorts.Closed(); // keeps the port over a cut
    private Socket? _listener;

    private CuttableLink(IPEndPoint target) => _target = target;

    public int Port => _held.Port();

    public static CuttableLink To(IPEndPoint target)
    {
        var link = new CuttableLink(target);
        link.Restore();
        return link;
    }

    public void Restore()
    {
        var listener = TestPorts.Bound(Port);
        listener.Listen();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void Cut()
    {
        _listener?.Dispose();
        _listener = null;
        lock (_gate)
        {
            foreach (var socket in _open) socket.Dispose();
            _open.Clear();
        }
    }

    public void Dispose()
    {
        Cut();
        _held.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = ForwardAsync(await listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // cut
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        lock (_gate)
        {
            _open.Add(near);
            _open.Add(far);
        }
        try
        {
            await far.ConnectAsync(_target);
            await using var up = new NetworkStream(near);
            await using var down = new NetworkStream(far);
            await Task.WhenAny(up.CopyToAsync(down), down.CopyToAsync(up));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // one side went away, or the link was cut
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(near);
                _open.Remove(far);
            }
        }
    }
}
