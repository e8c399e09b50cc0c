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

    /// <summary>It would change what <see cref="GrafanaWrites"/> does not let this user change.</summary>
    NotAllowed,

    /// <summary>The user has <see cref="GrafanaTurns.AtOnce"/> of them open.</summary>
    TooMany,
    TooLarge,

    /// <summary>It takes no connection, breaks off before any answer, or answers what nobody can be given.</summary>
    Away,
    TimedOut,

    /// <summary>It leads out of its own path: its <c>root_url</c> is not Babyhelm's.</summary>
    LeadsAway,

    /// <summary>Its page says by no nonce which scripts are its own.</summary>
    Unprotected,
}

/// <summary>Passes requests of signed-in users on to Grafana, which takes Babyhelm's word for who they are.</summary>
public sealed class GrafanaProxy(IOptions<GrafanaOptions> options, IOptions<PublicOptions> site, GrafanaTurns turns) : IDisposable
{
    /// <summary>Where Grafana is below Babyhelm's address; its <c>root_url</c> ends with it.</summary>
    public const string Path = "/grafana";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // Also between two bytes of a query's answer, of which Grafana sends none before it has all.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(100);

    // A name may come to mean another address.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    // Of all users; the next one waits. WebSockets stay open, so they don't count: each user's are bounded.
    private const int Connections = 256;

    private readonly GrafanaOptions _options = options.Value;
    private readonly string? _server = options.Value.Url?.GetLeftPart(UriPartial.Authority);
    private readonly Forwarder _requests = CreateForwarder(options.Value, site.Value, Connections);
    private readonly Forwarder _sockets = CreateForwarder(options.Value, site.Value, int.MaxValue);

    /// <param name="caller">Signed in, by the request's own session.</param>
    public async Task<GrafanaOutcome> ForwardAsync(HttpContext context, Caller caller)
    {
        if (_server is null) return GrafanaOutcome.NotSetUp;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!GrafanaAddress.IsPlain(target)) return GrafanaOutcome.BadAddress;
        if (!GrafanaWrites.Allows(context.Request.Method, target, _options.RoleOf(caller) != GrafanaRole.Viewer)) return GrafanaOutcome.NotAllowed;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize < context.Request.ContentLength) return GrafanaOutcome.TooLarge;
        var socket = Forwarder.WantsSocket(context) is not null;
        using var turn = turns.Take(caller.UserId, socket);
        if (turn is null) return GrafanaOutcome.TooMany;
        var visitor = new GrafanaVisitor(caller);
        context.Features.Set(visitor);
        return await (socket ? _sockets : _requests).SendAsync(context, _server) switch
        {
            Forwarded.Answered => GrafanaOutcome.Answered,
            Forwarded.TooLarge => GrafanaOutcome.TooLarge,
            Forwarded.TimedOut => GrafanaOutcome.TimedOut,
            Forwarded.Refused => visitor.Refusal,
            _ => GrafanaOutcome.Away,
        };
    }

    public void Dispose()
    {
        _requests.Dispose();
        _sockets.Dispose();
    }

    private static Forwarder CreateForwarder(GrafanaOptions options, PublicOptions site, int connections)
    {
        var handler = Forwarder.Handler(ConnectTimeout);
        handler.MaxConnectionsPerServer = connections;
        handler.PooledConnectionLifetime = ConnectionLife;
        return new Forwarder(handler, Idle, new GrafanaHeaders(options, site));
    }
}
