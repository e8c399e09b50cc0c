using System.Collections.Immutable;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes;

/// <summary>One small request to the API server.</summary>
/// <param name="At">When it was sent.</param>
/// <param name="Took">Until the answer was read; null where none came.</param>
public sealed record PulseSample(DateTimeOffset At, TimeSpan? Took);

/// <summary>Whether the API server answers, and how fast. Immutable.</summary>
/// <param name="Samples">Oldest first, at most <see cref="ClusterPulse.Kept"/>.</param>
/// <param name="LastContact">When the last answer came; null before the first.</param>
/// <param name="Silence">Why there is no answer now; null while there is one, and before the first request has ended.</param>
public sealed record PulseStatus(ImmutableArray<PulseSample> Samples, DateTimeOffset? LastContact, Error? Silence)
{
    private const int Recent = 5;

    public static readonly PulseStatus None = new([], null, null);

    /// <summary>Median of the last five answers; null before the first. A slow one among them does not count.</summary>
    public TimeSpan? Latency
    {
        get
        {
            var last = Samples.Where(s => s.Took is not null).TakeLast(Recent).Select(s => s.Took!.Value).Order().ToList();
            return last.Count == 0 ? null : last[last.Count / 2];
        }
    }
}

/// <summary>
/// Asks the API server for its version every 10 s. Watches can be silent for minutes without meaning anything; this tells
/// within 20 s that nobody is there any more, and within seconds that somebody is there again.
/// </summary>
public sealed class ClusterPulse(KubernetesClient client, TimeProvider time)
{
    /// <summary>Ten minutes while all is well.</summary>
    public const int Kept = 60;

    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Between requests while nobody answers.</summary>
    internal static readonly TimeSpan SilentInterval = TimeSpan.FromSeconds(2);

    /// <summary>Longest time for one answer.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PulseStatus _status = PulseStatus.None;

    public PulseStatus Status => Volatile.Read(ref _status);

    /// <summary>Raised after every request, on the thread that made it; handlers must not block.</summary>
    public event Action? Beaten;

    /// <summary>Raised when answers come again after a silence.</summary>
    public event Action? Recovered;

    /// <summary>Asks until cancelled, then ends without an exception.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var hurried = Volatile.Read(ref _hurried).Task;
                await BeatAsync(cancellation);
                await PauseAsync(hurried, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    /// <summary>Asks soon: somebody has reason to believe that the server is gone.</summary>
    public void Hurry() =>
        Interlocked.Exchange(ref _hurried, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task PauseAsync(Task hurried, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(Status.Silence is null ? Interval : SilentInterval, time, over.Token), hurried);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Asks once, now. A refusal is an answer too: the server is there.</summary>
    public async Task<Result<ClusterVersion>> BeatAsync(CancellationToken cancellation)
    {
        var (at, began) = (time.GetUtcNow(), time.GetTimestamp());
        var answer = await AskAsync(cancellation);
        var took = time.GetElapsedTime(began);
        var silence = answer.Error is null or KubernetesError { Status: < 500, Reason: not KubernetesError.NotKubernetes } ? null : answer.Error;
        bool recovered;
        lock (_gate)
        {
            recovered = _status.Silence is not null && silence is null;
            var samples = _status.Samples.Length < Kept ? _status.Samples : _status.Samples.RemoveAt(0);
            Volatile.Write(ref _status, new PulseStatus(
                samples.Add(new(at, silence is null ? took : null)), silence is null ? at + took : _status.LastContact, silence));
        }
        Beaten?.Invoke();
        if (recovered) Recovered?.Invoke();
        return answer;
    }

    private async Task<Result<ClusterVersion>> AskAsync(CancellationToken cancellation)
    {
        using var clock = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
        try
        {
            return await client.VersionAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            client.Lost(); // a cancelled request says nothing of the server; this silence does, and those who wait for its end must be told
            return Transport.ConnectionFault.Timeout(client.Server, Limit);
        }
    }
}
