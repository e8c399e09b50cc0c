using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Clusters;

/// <summary>What a platform admin sees of the cluster at one moment.</summary>
/// <param name="Source">What the configuration was read from.</param>
/// <param name="Cache">Whether the cluster answers; when it does not, everything else is as it was then.</param>
/// <param name="Checking">A check is going on.</param>
public sealed record ClusterReport(
    string Server, string Source, CacheStatus Cache, PulseStatus Pulse, ClusterFacts Facts, IReadOnlyList<ClusterCheck> Checks, bool Checking)
{
    /// <summary>False only when it is known that nobody answers.</summary>
    public bool Reachable => Pulse.Silence is null && (Cache.StaleSince is null || Cache.Refused);
}

/// <summary>The cluster for platform admins; every method checks the caller. Reading never calls the API server.</summary>
public sealed class ClusterReports(KubernetesClient client, ClusterMonitor monitor, ClusterPulse pulse, ClusterCache cache, RefusalLog refusals)
{
    public async Task<Result<ClusterReport>> GetAsync(Caller caller, CancellationToken cancellation) =>
        await refusals.WhyNotAdminAsync(caller, "cluster.read", cancellation) is { } refusal ? refusal : Report();

    /// <summary>Checks the cluster now, at most for a minute, and answers what is known then; that the cluster does not answer is no error.</summary>
    public async Task<Result<ClusterReport>> RefreshAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "cluster.check", cancellation) is { } refusal) return refusal;
        await monitor.CheckAsync(cancellation);
        return Report();
    }

    /// <summary>
    /// Calls back on some thread whenever the report is another, and keeps the nodes fresh, until disposed. It hands nothing out:
    /// whoever is called back has to ask for the report, as which user ever that is then.
    /// </summary>
    public Result<IDisposable> Follow(Caller caller, Action changed) =>
        caller.WhyNotAdmin is { } refusal ? refusal : new Following(monitor, pulse, changed);

    private ClusterReport Report()
    {
        var (facts, status, beats) = (monitor.Facts, cache.Status, pulse.Status);
        return new ClusterReport(
            client.Server.GetLeftPart(UriPartial.Path).TrimEnd('/'), client.Source, status, beats, facts,
            ClusterChecks.Of(facts, status, beats, client.Source, client.ChecksCertificate), monitor.Checking);
    }

    private sealed class Following : IDisposable
    {
        private readonly ClusterMonitor _monitor;
        private readonly ClusterPulse _pulse;
        private readonly Action _changed;
        private readonly IDisposable _reading;

        public Following(ClusterMonitor monitor, ClusterPulse pulse, Action changed)
        {
            (_monitor, _pulse, _changed) = (monitor, pulse, changed);
            _monitor.Changed += _changed;
            _pulse.Beaten += _changed;
            _reading = monitor.Read();
        }

        public void Dispose()
        {
            _monitor.Changed -= _changed;
            _pulse.Beaten -= _changed;
            _reading.Dispose();
        }
    }
}
