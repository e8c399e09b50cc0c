using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>An HTTP server on a loopback port. Each request is handed to the test, which answers it; or to <see cref="Answer"/>.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly Channel<Exchange> _arrivals = Channel.CreateBounded<Exchange>(100);

    private ApiServer(WebApplication host) => _host = host;

    /// <summary>Answers requests without the test; null hands them out.</summary>
    internal Func<Exchange, Task>? Answer { get; set; }

    internal ConcurrentQueue<Exchange> Seen { get; } = [];

    internal Uri Address { get; private set; } = null!;

    internal static async Task<ApiServer> StartAsync(Func<Exchange, Task>? answer = null, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, options =>
            {
                options.Protocols = HttpProtocols.Http1;
                listen?.Invoke(options);
            });
            kestrel.Limits.MinResponseDataRate = null;
        });
        var host = builder.Build();
        var server = new ApiServer(host) { Answer = answer };
        host.Run(server.HandleAsync);
        await host.StartAsync();
        server.Address = new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>The next request that <see cref="Answer"/> does not take.</summary>
    internal async Task<Exchange> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await _arrivals.Reader.ReadAsync(limit.Token);
    }

    internal bool HasArrivals => _arrivals.Reader.Count > 0;

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var exchange = new Exchange(context, await reader.ReadToEndAsync());
        Seen.Enqueue(exchange);
        if (Answer is { } answer)
        {
            await answer(exchange);
            return;
        }
        await _arrivals.Writer.WriteAsync(exchange);
        await exchange.Finished.WaitAsync(context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _host.StopAsync(now.Token);
        await _host.DisposeAsync();
    }
}

/// <summary>One request, and the means to answer it piece by piece.</summary>
internal sealed class Exchange(HttpContext context, string body)
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string Method { get; } = context.Request.Method;
    internal string PathAndQuery { get; } = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
    internal string? Authorization { get; } = context.Request.Headers.Authorization.SingleOrDefault();
    internal string? ContentType { get; } = context.Request.ContentType;
    internal IReadOnlyDictionary<string, string> Headers { get; } = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString());
    internal HttpContext Context => context;
    internal string Body => body;
    internal Task Finished => _finished.Task;

    /// <summary>Set when the client has gone.</summary>
    internal CancellationToken ClientGone { get; } = context.RequestAborted;

    internal async Task AnswerAsync(int status, string text, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        foreach (var (name, value) in headers) context.Response.Headers.Append(name, value);
        await context.Response.WriteAsync(text);
        await context.Response.CompleteAsync();
        _finished.TrySetResult();
    }

    /// <summary>Begins a stream; lines follow with <see cref="SendAsync"/>.</summary>
    internal async Task OpenAsync(string contentType = "application/json")
    {
        context.Response.ContentType = contentType;
        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();
    }

    internal async Task SendAsync(params string[] lines)
    {
        foreach (var line in lines) await context.Response.WriteAsync(line + "\n");
        await context.Response.Body.FlushAsync();
    }

    internal async Task SendBytesAsync(byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Ends the stream in good order.</summary>
    internal async Task EndAsync()
    {
        await context.Response.CompleteAsync();
        _finished.TrySetResult();
    }

    /// <summary>Ends the handling; a connection that was upgraded is closed with it.</summary>
    internal void Finish() => _finished.TrySetResult();

    /// <summary>Cuts the connection.</summary>
    internal void Cut()
    {
        context.Abort();
        _finished.TrySetResult();
    }
}
