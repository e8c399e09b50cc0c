using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Gateway;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Gateway;

/// <summary>The gateway on a real port, with pods that are real servers of the test.</summary>
internal sealed class GatewayHarness : IAsyncDisposable
{
    public const string Host = "web-shop.apps.localhost";
    private static readonly AppKey App = new("bh-shop", "web");
    private readonly WebApplication _front;
    private readonly List<WebApplication> _pods = [];
    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
    private readonly Forwarder _forwarder;

    private GatewayHarness(GatewayOptions options)
    {
        var urls = new PublicUrls(Options.Create(new PublicOptions()));
        _forwarder = new PodDialer(Options.Create(options)).CreateForwarder();
        var routes = new RouteTable(null!, null!, null!, TimeProvider.System, NullLogger<RouteTable>.Instance);
        routes.Set(ImmutableDictionary<string, AppKey>.Empty.Add("web-shop", App));
        _front = Create();
        _front.Use(next => new GatewayMiddleware(next, urls, routes, _cache, _forwarder, new GatewayMetrics(Meters)).InvokeAsync);
        _front.Run(context => context.Response.WriteAsync("babyhelm itself"));
        _cache.Apply(new Namespace
        {
            Metadata = new Metadata { Name = App.Namespace, Uid = "n", ResourceVersion = "1", Labels = Managed() },
            Status = new NamespaceStatus { Phase = "Active" },
        });
    }

    /// <summary>The maker of the gateway's meter, for who listens to it.</summary>
    public IMeterFactory Meters => _front.Services.GetRequiredService<IMeterFactory>();

    public int Port => new Uri(_front.Urls.First()).Port;

    public static async Task<GatewayHarness> StartAsync(GatewayOptions? options = null)
    {
        var harness = new GatewayHarness(options ?? new GatewayOptions());
        await harness._front.StartAsync();
        return harness;
    }

    /// <summary>Starts a pod that answers with <paramref name="answer"/> and makes it known as ready.</summary>
    public async Task AddPodAsync(string name, RequestDelegate answer)
    {
        var pod = Create();
        pod.UseWebSockets();
        pod.Run(answer);
        await pod.StartAsync();
        _pods.Add(pod);
        AddPod(name, new Uri(pod.Urls.First()).Port);
    }

    /// <summary>Makes a pod known at a port where somebody, or nobody, listens.</summary>
    public void AddPod(string name, int port) => _cache.Apply(new Pod
    {
        Metadata = new Metadata
        {
            Name = name,
            Namespace = App.Namespace,
            Uid = name,
            ResourceVersion = "1",
            Labels = Managed(),
        },
        Spec = new PodSpec { Containers = [new Container { Name = "web", Ports = [new ContainerPort { Port = port }] }] },
        Status = new PodStatus { Phase = "Running", PodIP = "127.0.0.1", Conditions = [new Condition { Type = "Ready", Status = "True" }] },
    });

    public HttpClient Client(string host = Host)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        client.DefaultRequestHeaders.Host = host;
        return client;
    }

    /// <summary>Sends bytes as they are, and answers everything that comes back until the end.</summary>
    public async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _front.DisposeAsync();
        foreach (var pod in _pods) await pod.DisposeAsync();
        _forwarder.Dispose();
    }

    private static Dictionary<string, string> Managed() => new()
    {
        [Labels.ManagedBy] = Labels.ManagedByValue,
        [Labels.Project] = "shop",
        [Labels.App] = "web",
        [Labels.Release] = "1",
    };

    private static WebApplication Create()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(k => k.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }
}
