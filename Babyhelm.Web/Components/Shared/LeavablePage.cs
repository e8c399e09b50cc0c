using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Components.Shared;

/// <summary>A page whose work ends when its reader leaves it.</summary>
public abstract class LeavablePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    protected LeavablePage() => Gone = _gone.Token; // asked for after the end too, when the source is disposed

    /// <summary>Cancelled when the reader leaves the page.</summary>
    protected CancellationToken Gone { get; }

    /// <summary>Does the work; that it was cut off because the page is gone is no error, for nobody waits for it.</summary>
    protected async Task UntilGoneAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }
}
