using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Asks a cluster that says nothing whether it is there: a frozen one keeps its connections open, and watches that hear
/// nothing look like quiet ones. While the cluster is away it asks more often; its first answer wakes every informer.
/// </summary>
/// <param name="contact">When an informer last heard anything, and whether one cannot reach the cluster.</param>
internal sealed class Heartbeat(KubernetesClient client, Func<(DateTimeOffset? Last, bool Failing)> contact, TimeProvider time)
{
    /// <summary>Silence after which it asks.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    /// <summary>Time for the answer.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Least pause while the cluster is away; up to twice as long, so that many processes don't ask together.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1.5);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private volatile Silence? _silence;
    private DateTimeOffset? _answered;

    /// <summary>Null while the cluster is heard.</summary>
    internal Silence? Current => _silence is { } silence && !(contact().Last > silence.Asked) ? silence : null;

    /// <param name="Since">When the cluster was last heard; null: never.</param>
    internal sealed record Silence(Error Error, DateTimeOffset? Since, DateTimeOffset Asked);

    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var away = Current is not null || contact().Failing;
            var wait = away ? Pause * (1 + Random.Shared.NextDouble()) : (Heard ?? _started) + Quiet - time.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellation);
            if (away || (Heard ?? _started) + Quiet <= time.GetUtcNow()) await AskAsync(cancellation);
        }
    }

    private DateTimeOffset? Heard => contact().Last is { } last && !(last < _answered) ? last : _answered;

    private async Task AskAsync(CancellationToken cancellation)
    {
        var (asked, heard) = (time.GetUtcNow(), Heard);
        if (await client.PingAsync(Limit, cancellation) is { } error) _silence = new Silence(error, heard, asked);
        else (_answered, _silence) = (time.GetUtcNow(), null);
    }
}
