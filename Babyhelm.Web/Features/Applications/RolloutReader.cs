using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Reads the live view of one application for a page, until disposed.</summary>
internal sealed class RolloutReader : IDisposable
{
    private readonly RolloutSubscription _subscription;

    public RolloutReader(RolloutFeed feed, string ns, string app)
    {
        _subscription = feed.Subscribe(ns, app);
        View = _subscription.Snapshot;
    }

    public RolloutView View { get; private set; }

    /// <summary>Hands on every later view, the newest where some were missed. Ends without an exception when disposed.</summary>
    /// <param name="show">Runs on the page's own context.</param>
    public async Task PumpAsync(Func<Action, Task> invoke, Action show)
    {
        await foreach (var view in _subscription.ChangesAsync())
        {
            await invoke(() =>
            {
                View = view;
                show();
            });
        }
    }

    public void Dispose() => _subscription.Dispose();
}
