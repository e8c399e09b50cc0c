using System.Net;
using System.Threading.RateLimiting;
using Babyhelm.Core.Common;

namespace Babyhelm.Web.Api;

/// <summary>
/// Limits how often one address may try tokens of deploy hooks that are no good: each costs a look into the database. A build
/// server with good tokens is not counted, but waits too where others try theirs from its address.
/// </summary>
internal sealed class WrongHookTokens : IDisposable
{
    /// <summary>From one address, in each process.</summary>
    public const int PerMinute = 30;

    private readonly PartitionedRateLimiter<IPAddress?> _limiter = PartitionedRateLimiter.Create<IPAddress?, string>(address =>
        RateLimitPartition.GetSlidingWindowLimiter(Network.Of(address) ?? "",
            _ => new SlidingWindowRateLimiterOptions { PermitLimit = PerMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));

    /// <summary>Null for an address that may call.</summary>
    public TooMany? WhyNot(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(address, permitCount: 0);
        return lease.IsAcquired ? null : new TooMany("Too many calls with tokens that are no good came from your address. Wait a minute, then try again.", RetryAfter(lease));
    }

    public void Count(IPAddress? address) => _limiter.AttemptAcquire(address).Dispose();

    /// <summary>When a refused request may be sent again, at least one second.</summary>
    public static TimeSpan RetryAfter(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);

    public void Dispose() => _limiter.Dispose();
}
