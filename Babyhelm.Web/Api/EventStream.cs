using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Api;

/// <summary>
/// Server-sent events, each with its value as JSON. While there is none, a comment line goes out every 15 s: proxies close
/// connections on which nothing moves.
/// </summary>
internal sealed class EventStream<T>(IAsyncEnumerable<T> values, string eventType, TimeProvider time) : IResult
{
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        var response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache,no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        await using var reading = values.GetAsyncEnumerator(ended.Token);
        var next = reading.MoveNextAsync().AsTask();
        try
        {
            while (await NextAsync(next, response, ended.Token))
            {
                await response.WriteAsync($"event: {eventType}\ndata: {JsonSerializer.Serialize(reading.Current, json)}\n\n", ended.Token);
                await response.Body.FlushAsync(ended.Token);
                next = reading.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // the reader went away
        }
        finally
        {
            // An iterator can't be disposed while it runs.
            await ended.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> NextAsync(Task<bool> next, HttpResponse response, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            while (await Task.WhenAny(next, Task.Delay(Heartbeat, time, over.Token)) != next)
            {
                cancellation.ThrowIfCancellationRequested();
                await response.WriteAsync(": still here\n\n", cancellation);
                await response.Body.FlushAsync(cancellation);
            }
        }
        finally
        {
            await over.CancelAsync();
        }
        return await next;
    }
}
