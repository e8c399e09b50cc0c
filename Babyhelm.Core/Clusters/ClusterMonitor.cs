using System.Threading.Channels;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Clusters;

/// <summary>
/// The one place that knows what the cluster is and can do: checks it at start, every 5 minutes, and as soon as it answers
/// again after a silence. Reading the facts reads memory.
/// </summary>
public sealed partial class ClusterMonitor : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>After a check that did not come to its end.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    /// <summary>Between looks at the nodes while somebody reads them; reading every pod of a large cluster is no small thing.</summary>
    internal static readonly TimeSpan NodesInterval = TimeSpan.FromMinutes(1);

    /// <summary>Longest time for one check.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly KubernetesClient _client;
    private readonly ClusterPulse _pulse;
    private readonly Preflight _preflight;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterMonitor> _logger;
    private ClusterFacts _facts = ClusterFacts.Unknown;
    private Task? _check;
    private CancellationToken _stopping;
    private long _checkDue; // UTC ticks, as _nodesDue
    private long _nodesDue;
    private string? _logged;
    private int _readers;

    public ClusterMonitor(KubernetesClient client, ClusterPulse pulse, TimeProvider time, ILogger<ClusterMonitor> logger)
    {
        (_client, _pulse, _time, _logger) = (client, pulse, time, logger);
        _preflight = new Preflight(client, pulse, time);
    }

    public ClusterFacts Facts => Volatile.Read(ref _facts);

    /// <summary>A check is going on.</summary>
    public bool Checking
    {
        get { lock (_gate) return _check is { IsCompleted: false }; }
    }

    /// <summary>True where the cluster is known not to serve the type. Until it has answered, everything is assumed to be served.</summary>
    public bool Lacks(ResourceType type) => Facts.Apis is { } apis && !apis.Serves(type)
        && !apis.Unanswered.Contains(type.ApiVersion); // did not answer this once

    /// <summary>False where the cluster is known to be older than Kubernetes 1.22, whose services have no class.</summary>
    public bool HasLoadBalancerClasses => Facts.Version is not { Major: "1" } version || !int.TryParse(version.Minor.TrimEnd('+'), out var minor) || minor >= 22;

    /// <summary>Raised when the facts have changed, or a check begins or ends; handlers must not block.</summary>
    public event Action? Changed;

    /// <summary>Checks now; several who ask at once get the same check. Ends with it, however it ends.</summary>
    public Task CheckAsync(CancellationToken cancellation)
    {
        Task check;
        lock (_gate) check = _check is { IsCompleted: false } running ? running : _check = Task.Run(RunCheckAsync, CancellationToken.None);
        return check.WaitAsync(cancellation);
    }

    /// <summary>Keeps the nodes fresh to a minute until disposed.</summary>
    public IDisposable Read()
    {
        if (Interlocked.Increment(ref _readers) == 1) Wake();
        return new Reading(this);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        _pulse.Recovered += CheckSoon;
        try
        {
            while (true)
            {
                if (Until(ref _checkDue) <= TimeSpan.Zero) await CheckAsync(stoppingToken);
                else if (ReadsNodes && Until(ref _nodesDue) <= TimeSpan.Zero) await ReadNodesAsync(stoppingToken);
                await PauseAsync(stoppingToken);
            }
        }
        finally
        {
            _pulse.Recovered -= CheckSoon;
        }
    }

    private bool ReadsNodes => Volatile.Read(ref _readers) > 0;

    private async Task RunCheckAsync()
    {
        Changed?.Invoke();
        var before = Facts;
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping);
        ClusterFacts after;
        try
        {
            after = await _preflight.RunAsync(before, either.Token);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            after = before with { Problem = new Unavailable($"The cluster did not answer all questions within {Limit.TotalSeconds:0} s.") };
        }
        Set(ref _checkDue, after.Problem is null ? Interval : Retry);
        Set(ref _nodesDue, NodesInterval);
        Volatile.Write(ref _facts, after);
        lock (_gate) _check = null;
        Changed?.Invoke();
        Tell(after);
    }

    private async Task ReadNodesAsync(CancellationToken cancellation)
    {
        var before = Facts;
        var after = await _preflight.ReadNodesAsync(before, cancellation);
        Set(ref _nodesDue, NodesInterval);
        // A check that ended meanwhile has read them itself.
        if (Interlocked.CompareExchange(ref _facts, after, before) == before) Changed?.Invoke();
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        var wait = Until(ref _checkDue);
        if (ReadsNodes && Until(ref _nodesDue) is var nodes && nodes < wait) wait = nodes;
        if (wait <= TimeSpan.Zero) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(wait, _time, over.Token), _wake.Reader.WaitToReadAsync(over.Token).AsTask());
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        _wake.Reader.TryRead(out _);
    }

    private void CheckSoon()
    {
        Set(ref _checkDue, TimeSpan.Zero);
        Wake();
    }

    private TimeSpan Until(ref long due) => TimeSpan.FromTicks(Interlocked.Read(ref due) - _time.GetUtcNow().UtcTicks);

    private void Set(ref long due, TimeSpan wait) => Interlocked.Exchange(ref due, (_time.GetUtcNow() + wait).UtcTicks);

    private void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>One line at the first check, and again when something else is to be said.</summary>
    private void Tell(ClusterFacts facts)
    {
        var (text, bad) = PreflightSummary.Of(facts, _client.Server, _client.Source);
        if (text == _logged) return;
        _logged = text;
        var latency = _pulse.Status.Latency is { } took ? LatencyText.Of(took) : "no answer";
        if (bad) LogTrouble(text, latency);
        else LogWell(text, latency);
    }

    private sealed class Reading(ClusterMonitor monitor) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref monitor._readers);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Summary} ({Latency})")]
    private partial void LogWell(string summary, string latency);

    [LoggerMessage(LogLevel.Warning, "{Summary} ({Latency})")]
    private partial void LogTrouble(string summary, string latency);
}
