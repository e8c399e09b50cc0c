using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Grafana;

/// <summary>How a request for Grafana ended.</summary>
public enum GrafanaOutcome
{
    Answered,

    /// <summary><see cref="GrafanaOptions.Url"/> is not set.</summary>
    NotSetUp,

    /// <summary>The address is not plainly below Grafana's path.</summary>
    BadAddress,
    TooLarge,

    /// <summary>It takes no connection, or breaks off before any answer.</summary>
    Away,
    TimedOut,

    /// <summary>It leads out of its own path: its <c>root_url</c> is not Babyhelm's.</summary>
    LeadsAway,
}

/// <summary>Passes requests of signed-in users on to Grafana, which takes Babyhelm's word for who they are.</summary>
public sealed class GrafanaProxy(IOptions<GrafanaOptions> options, IOptions<PublicOptions> site) : IDisposable
{
    /// <summary>Where Grafana is below Babyhelm's address; its <c>root_url</c> ends with it.</summary>
    public const string Path = "/grafana";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // Also between two bytes of a query's answer, of which Grafana sends none before it has all.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(100);

    // A name may come to mean another address.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    private readonly string? _server = options.Value.Url?.GetLeftPart(UriPartial.Authority);
    private readonly Forwarder _forwarder = CreateForwarder(options.Value, site.Value);

    /// <param name="caller">Signed in, by the request's own session.</param>
    public async Task<GrafanaOutcome> ForwardAsync(HttpContext context, Caller caller)
    {
        if (_server is null) return GrafanaOutcome.NotSetUp;
        if (!GrafanaAddress.IsPlain(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget)) return GrafanaOutcome.BadAddress;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize < context.Request.ContentLength) return GrafanaOutcome.TooLarge;
        context.Features.Set(new GrafanaVisitor(caller));
        return await _forwarder.SendAsync(context, _server) switch
        {
            Forwarded.Answered => GrafanaOutcome.Answered,
            Forwarded.TooLarge => GrafanaOutcome.TooLarge,
            Forwarded.TimedOut => GrafanaOutcome.TimedOut,
            Forwarded.Refused => GrafanaOutcome.LeadsAway,
            _ => GrafanaOutcome.Away,
        };
    }

    public void Dispose() => _forwarder.Dispose();

    private static Forwarder CreateForwarder(GrafanaOptions options, PublicOptions site)
    {
        var handler = Forwarder.Handler(ConnectTimeout);
        handler.PooledConnectionLifetime = ConnectionLife;
        return new Forwarder(handler, Idle, new GrafanaHeaders(options, site));
    }
}
