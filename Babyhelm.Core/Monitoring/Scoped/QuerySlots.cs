using System.Threading.RateLimiting;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>Bounds how many queries of one user run at a time, so that one dashboard can't take Prometheus from all others.</summary>
public sealed class QuerySlots(IOptions<PrometheusOptions> options) : IDisposable
{
    // A dashboard sends the queries of all its panels at once.
    private const int WaitingForEach = 8;

    // Longer than this nobody waits for the turn alone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<Guid> _users = PartitionedRateLimiter.Create<Guid, Guid>(user => RateLimitPartition.GetConcurrencyLimiter(user, _ => new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.QueriesPerUser,
        QueueLimit = options.Value.QueriesPerUser * WaitingForEach,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    }));

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
        return new TooMany($"You have {options.Value.QueriesPerUser} queries running and others waiting. Try again when they are done.", TimeSpan.FromSeconds(5));
    }

    public void Dispose() => _users.Dispose();
}
