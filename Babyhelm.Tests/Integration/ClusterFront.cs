using System.Net.Http.Headers;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Transport;
using Babyhelm.Core.Sandbox;
using Babyhelm.Tests.Kubernetes;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Tests.Integration;

/// <summary>What stands in front of a sandbox and answers some requests in its place, as a broken or starting API server does.</summary>
internal sealed class ClusterFront : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-front-");
    private readonly HttpMessageInvoker _behind;
    private readonly Uri _target;
    private ApiServer _server = null!;
    private volatile Func<Exchange, Task<bool>> _takes = _ => Task.FromResult(false);

    private ClusterFront(SandboxCluster sandbox, string kubeConfig)
    {
        _target = sandbox.Endpoint;
        var config = ClusterConfig.Load(new KubernetesOptions { KubeConfig = kubeConfig }).Value;
        _behind = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, SslOptions = ServerTrust.Options(config, null) });
    }

    public string KubeConfigPath => Path.Combine(_folder.FullName, "kubeconfig");

    public static async Task<ClusterFront> BeforeAsync(ExternalCluster cluster)
    {
        var front = new ClusterFront(cluster.Sandbox, cluster.KubeConfigPath);
        front._server = await ApiServer.StartAsync(front.AnswerAsync);
        await File.WriteAllLinesAsync(front.KubeConfigPath, (await File.ReadAllLinesAsync(cluster.KubeConfigPath))
            .Where(l => !l.Contains("certificate-authority", StringComparison.Ordinal))
            .Select(l => l.Contains("server: ", StringComparison.Ordinal) ? $"{l[..l.IndexOf("server: ", StringComparison.Ordinal)]}server: {front._server.Address}" : l));
        return front;
    }

    /// <param name="takes">Answers the request and true, or false to let the cluster answer.</param>
    public void Put(Func<Exchange, Task<bool>> takes) => _takes = takes;

    private async Task AnswerAsync(Exchange exchange)
    {
        if (await _takes(exchange)) return;
        var context = exchange.Context;
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), new Uri(_target, exchange.PathAndQuery));
        foreach (var name in new[] { "Authorization", "Accept" })
            if (exchange.Headers.TryGetValue(name, out var value)) request.Headers.TryAddWithoutValidation(name, value);
        if (exchange.ContentType is { } type) request.Content = new StringContent(exchange.Body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        using var response = await _behind.SendAsync(request, exchange.ClientGone);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        foreach (var name in new[] { "Warning", "Retry-After" })
            if (response.Headers.TryGetValues(name, out var values)) context.Response.Headers.Append(name, values.ToArray());
        await context.Response.StartAsync(exchange.ClientGone);
        await context.Response.Body.FlushAsync(exchange.ClientGone);
        await using var body = await response.Content.ReadAsStreamAsync(exchange.ClientGone);
        var buffer = new byte[64 * 1024];
        for (int read; (read = await body.ReadAsync(buffer, exchange.ClientGone)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), exchange.ClientGone);
            await context.Response.Body.FlushAsync(exchange.ClientGone);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _behind.Dispose();
        _folder.Delete(recursive: true);
    }
}
