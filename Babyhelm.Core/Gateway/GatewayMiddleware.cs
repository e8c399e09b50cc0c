using System.Diagnostics;
using System.Net;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Rollouts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Babyhelm.Core.Gateway;

/// <summary>
/// Answers every request for a host under the applications' domain, and only those: with the application, 404 for an
/// unknown one, 503 while none of its pods is ready.
/// </summary>
internal sealed class GatewayMiddleware(
    RequestDelegate next, PublicUrls urls, RouteTable routes, ClusterCache cache, Forwarder forwarder, GatewayMetrics metrics)
{
    // A rolling update may end several pods at once; each is tried at most once.
    private const int MaxAttempts = 3;
    private uint _turn;

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (urls.HostLabel(host) is { } label)
        {
            LeaveToGateway(context);
            return ForwardAsync(context, label);
        }
        return host.Equals(urls.AppsDomain, StringComparison.OrdinalIgnoreCase) ? Unknown(context) : next(context);
    }

    private async Task ForwardAsync(HttpContext context, string label)
    {
        if (!routes.TryGet(label, out var app))
        {
            metrics.Unknown();
            await Unknown(context);
            return;
        }
        var request = metrics.Begin(app);
        var release = 0;
        try
        {
            release = await ForwardAsync(context, app);
        }
        finally
        {
            request.End(context, release);
        }
    }

    /// <summary>Answers the release of the pod that answered; 0 where none did.</summary>
    private async Task<int> ForwardAsync(HttpContext context, AppKey app)
    {
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget is not ['/', ..])
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "This request target is not supported.");
            return 0;
        }

        // The application decides how much it takes; the gateway streams and keeps nothing.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var pods = cache.ReadyPods(app.Namespace, app.App);
        var turn = Interlocked.Increment(ref _turn);
        var safe = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false
            && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method));
        var outcome = Forwarded.NotConnected;
        for (var attempt = 0; attempt < Math.Min(MaxAttempts, pods.Count); attempt++)
        {
            var pod = pods[(int)((turn + attempt) % pods.Count)];
            outcome = await forwarder.SendAsync(context, $"http://{new IPEndPoint(IPAddress.Parse(pod.Ip), pod.Port)}");
            if (outcome == Forwarded.Answered) return pod.Release;
            if (outcome == Forwarded.NotConnected) metrics.ConnectFailed(app);
            if (outcome != Forwarded.NotConnected && !(outcome == Forwarded.NoAnswer && safe)) break;
        }
        context.Response.Headers.RetryAfter = "2";
        await (outcome switch
        {
            Forwarded.TimedOut => AnswerAsync(context, StatusCodes.Status504GatewayTimeout, "The application took too long to answer."),
            Forwarded.TooLarge => AnswerAsync(context, StatusCodes.Status413PayloadTooLarge, "The request is too large."),
            Forwarded.NoAnswer => AnswerAsync(context, StatusCodes.Status502BadGateway, "The application broke off without an answer."),
            _ => AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "The application is not running right now. Try again in a moment."),
        });
        return 0;
    }

    /// <summary>Visitors of applications are measured here: in the server's own figures and traces they would hide Babyhelm's pages and API.</summary>
    private static void LeaveToGateway(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } tags) tags.MetricsDisabled = true;
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity) activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static Task Unknown(HttpContext context) =>
        AnswerAsync(context, StatusCodes.Status404NotFound, "There is no application at this address.");

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}
