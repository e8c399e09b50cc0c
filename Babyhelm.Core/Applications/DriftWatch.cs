using Babyhelm.Core.Common;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Has a live application compared as soon as the cluster shows that its objects were changed, and its digest read when a new pod
/// is ready. Only for speed: the sweep finds the same, and what changed while no process ran.
/// </summary>
internal sealed class DriftWatch(ClusterCache cache, ReleaseBoard board, IWorkQueue work) : BackgroundService
{
    private readonly Dictionary<AppKey, (Guid Release, string Fingerprint, string? NewestPod)> _seen = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changes = cache.Changes();
        while (true)
        {
            foreach (var key in await changes.TakeAsync(stoppingToken))
                if (key != AppKey.All && cache.Status.Synced) await LookAsync(key, stoppingToken);
        }
    }

    private async Task LookAsync(AppKey key, CancellationToken cancellation)
    {
        if (board.Get(key) is not { State: ReleaseState.Live or ReleaseState.Stopped } live)
        {
            _seen.Remove(key);
            return;
        }
        var objects = cache.Get(key);
        var now = (live.ReleaseId, DriftKeeper.Fingerprint(objects), ImageDigest.NewestPod(objects, live.Number));
        if (_seen.TryGetValue(key, out var before) && before == now) return;
        _seen[key] = now;
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, live.ApplicationId), cancellation);
    }
}
