using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Web.Cluster;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Clusters;

public sealed partial class ClusterPage : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private ClusterReport? _report;
    private IDisposable? _following;
    private Error? _error;

    [Inject] private ClusterReports Reports { get; set; } = default!;
    [Inject] private ClusterStatusSource Status { get; set; } = default!;
    [Inject] private ClusterChoice Choice { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        var caller = await User.GetAsync();
        // First listen, then look: nothing can slip through between.
        if (RendererInfo.IsInteractive && Reports.Follow(caller, OnChanged).Ok(out _following, out _)) Status.Changed += OnChanged;
        (await Reports.GetAsync(caller, _gone.Token)).Ok(out _report, out _error);
    }

    private void OnChanged() => _ = InvokeAsync(async () =>
    {
        if (_gone.IsCancellationRequested) return;
        try
        {
            (await Reports.GetAsync(await User.GetAsync(), _gone.Token)).Ok(out _report, out _error);
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

    private async Task CheckAsync()
    {
        if (_report?.Checking == true) return;
        try
        {
            if ((await Reports.RefreshAsync(await User.GetAsync(), _gone.Token)).Ok(out var report, out _error)) _report = report;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
    }

    public void Dispose()
    {
        if (_gone.IsCancellationRequested) return;
        Status.Changed -= OnChanged;
        _following?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }
}
