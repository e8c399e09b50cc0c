using System.Threading.RateLimiting;

namespace Babyhelm.Core.Grafana;

/// <summary>Bounds how much one user has open to Grafana at a time, so that nobody takes it from all others.</summary>
/// <param name="atOnce">WebSockets of one user in this process, and as many requests.</param>
public sealed class GrafanaTurns(int atOnce) : IDisposable
{
    /// <summary>A page of panels opens a WebSocket for each, and asks for all at once.</summary>
    public const int AtOnce = 64;

    private readonly PartitionedRateLimiter<(Guid User, bool Socket)> _turns = PartitionedRateLimiter.Create<(Guid User, bool Socket), (Guid User, bool Socket)>(
        key => RateLimitPartition.GetConcurrencyLimiter(key, _ => new ConcurrencyLimiterOptions { PermitLimit = atOnce, QueueLimit = 0 }));

    /// <summary>Disposing the answer ends the turn; null where the user has too many.</summary>
    internal RateLimitLease? Take(Guid user, bool socket)
    {
        var lease = _turns.AttemptAcquire((user, socket));
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    public void Dispose() => _turns.Dispose();
}
