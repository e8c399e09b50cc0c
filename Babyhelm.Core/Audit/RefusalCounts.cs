using System.Net;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Audit;

/// <summary>
/// Counts what is refused to callers that nobody knows (rate limit, bad tokens, unknown addresses, forms and sockets of other
/// sites) and writes it down every half minute: one entry for each kind and network, so that a flood is a number and no flood
/// of entries. What is counted is lost when the process is killed.
/// </summary>
public sealed class RefusalCounts(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time) : IWorkSource
{
    public const string RateLimit = "request.rate-limited";
    public const string Token = "token.refused";
    public const string UnknownAddress = "user.sign-in-unknown";
    public const string Passkey = "user.sign-in-passkey";
    public const string ForeignForm = "request.foreign-form";
    public const string ForeignSocket = "request.foreign-socket";

    /// <summary>Who it was, as far as it is known.</summary>
    public const string Nobody = "unknown";

    // So many networks at once are a distributed attack: the rest is one number.
    private const int MaxNetworks = 50;

    private readonly Lock _gate = new();
    private Dictionary<(string Action, string? Address), int> _counts = [];

    /// <param name="address">Where it came from; counted by its <see cref="Network"/>.</param>
    public void Add(string action, IPAddress? address)
    {
        var network = Network.Of(address);
        lock (_gate)
        {
            var key = (action, network);
            if (!_counts.ContainsKey(key) && _counts.Keys.Count(k => k.Action == action) >= MaxNetworks) key = (action, null);
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Has no work to hand out: writes down what was counted since the last time.</summary>
    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        Dictionary<(string Action, string? Address), int> counts;
        lock (_gate)
        {
            if (_counts.Count == 0) return [];
            (counts, _counts) = (_counts, []);
        }
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        foreach (var ((action, address), count) in counts)
            db.Add(new AuditEntry
            {
                At = time.GetUtcNow(),
                Actor = Nobody,
                Address = address,
                Action = action,
                Subject = RefusalLog.Platform,
                Outcome = AuditOutcome.Refused,
                Detail = $"{count} times{(address is null ? ", from further networks" : "")}",
            });
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch
        {
            lock (_gate)
                foreach (var (key, count) in counts) _counts[key] = _counts.GetValueOrDefault(key) + count;
            throw;
        }
        return [];
    }
}
