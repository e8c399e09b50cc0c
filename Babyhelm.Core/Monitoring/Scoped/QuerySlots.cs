using System.Threading.RateLimiting;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>
/// Bounds how many queries of one user, and of all together, run at a time: so that no dashboard can take Prometheus from all
/// others, and all dashboards can't take it from alerts and panels.
/// </summary>
public sealed class QuerySlots(IOptions<PrometheusOptions> options) : IDisposable
{
    // A dashboard sends the queries of all its panels at once.
    private const int WaitingForEach = 8;

    // Longer than this nobody waits for the turn alone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The own turn first: whoever waits for it takes none of all.
    private readonly PartitionedRateLimiter<Guid> _users = PartitionedRateLimiter.CreateChained(
        Limiter(user => user, options.Value.QueriesPerUser), Limiter(_ => Guid.Empty, options.Value.Queries));

    /// <summary>Waits for a turn; disposing the answer ends it. <see cref="TooMany"/> where too many wait already, or for too long.</summary>
    public async Task<Result<RateLimitLease>> TakeAsync(Guid user, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var lease = await _users.AcquireAsync(user, 1, limit.Token);
            if (lease.IsAcquired) return lease;
            lease.Dispose();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // waited long enough
        }
        return new TooMany($"You have {options.Value.QueriesPerUser} queries running and others waiting, or all users together have {options.Value.Queries}. Try again when they are done.", TimeSpan.FromSeconds(5));
    }

    private static PartitionedRateLimiter<Guid> Limiter(Func<Guid, Guid> key, int atOnce) => PartitionedRateLimiter.Create<Guid, Guid>(user => RateLimitPartition.GetConcurrencyLimiter(key(user), _ => new ConcurrencyLimiterOptions
    {
        PermitLimit = atOnce,
        QueueLimit = atOnce * WaitingForEach,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    }));

    public void Dispose() => _users.Dispose();
}
