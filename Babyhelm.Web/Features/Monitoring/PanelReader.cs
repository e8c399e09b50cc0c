using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>Reads a panel for a component, until disposed.</summary>
internal sealed class PanelReader(PanelSubscription subscription) : IDisposable
{
    public PanelSnapshot Snapshot { get; private set; } = subscription.Snapshot;

    /// <summary>Hands on every later state. Ends without an exception when disposed.</summary>
    /// <param name="show">Runs on the component's own context.</param>
    public async Task PumpAsync(Func<Action, Task> invoke, Action show)
    {
        await foreach (var snapshot in subscription.ChangesAsync())
        {
            await invoke(() =>
            {
                Snapshot = snapshot;
                show();
            });
        }
    }

    public void Dispose() => subscription.Dispose();
}
