using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Metrics;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Monitoring;

public sealed partial class PlatformPage : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private PlatformReport? _report;
    private Error? _error;

    [Inject] private PlatformFigures Figures { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        // First listen, then look: nothing can slip through between.
        if (RendererInfo.IsInteractive) Figures.Measured += OnMeasured;
        (await Figures.GetAsync(await User.GetAsync(), _gone.Token)).Ok(out _report, out _error);
    }

    private void OnMeasured() => _ = InvokeAsync(async () =>
    {
        if (_gone.IsCancellationRequested) return;
        try
        {
            (await Figures.GetAsync(await User.GetAsync(), _gone.Token)).Ok(out _report, out _error);
            StateHasChanged();
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            // Nobody can be asked whether this user may still look: what is shown stays until somebody can.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    });

    public void Dispose()
    {
        if (_gone.IsCancellationRequested) return;
        Figures.Measured -= OnMeasured;
        _gone.Cancel();
        _gone.Dispose();
    }
}
