using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Components.Shared;

/// <summary>
/// A page that loads from the database, and loads again when some process committed a change that concerns it.
/// Changes that come while it loads are one more load, however many they are.
/// </summary>
public abstract class LivePage : LeavablePage
{
    private IDisposable? _subscription;
    private string? _subject;
    private volatile bool _loading;
    private bool _again;

    [Inject] private ChangeListener Changes { get; set; } = default!;
    [Inject] protected NavigationManager Navigation { get; set; } = default!;

    /// <summary>True once the page reacts; before that it is only an image of itself, and its forms are off.</summary>
    protected bool Reacts => RendererInfo.IsInteractive;

    /// <summary>Whether to load again for this change. Called on another thread: read only what does not change.</summary>
    protected abstract bool Concerns(Change change);

    protected abstract Task LoadAsync();

    /// <summary>Names what the page is about; another one, on the same page, loads anew.</summary>
    protected virtual string Subject => "";

    protected override async Task OnParametersSetAsync()
    {
        if (_subject == Subject) return;
        _subject = Subject;
        // First listen, then look: nothing can slip through between.
        if (Reacts) _subscription ??= Changes.Subscribe(OnChange);
        Forget();
        await RunAsync();
    }

    /// <summary>Drops what was loaded of the subject before.</summary>
    protected virtual void Forget() { }

    /// <summary>Loads now, from an event of the page itself.</summary>
    protected async Task RunAsync()
    {
        if (_loading)
        {
            _again = true;
            return;
        }
        _loading = true;
        try
        {
            await UntilGoneAsync(async () =>
            {
                do
                {
                    _again = false;
                    await LoadAsync();
                }
                while (_again && !Gone.IsCancellationRequested);
            });
        }
        finally
        {
            _loading = false;
        }
    }

    /// <summary>Shows the page for missing things where that is the error; answers false for others, to be shown in place.</summary>
    protected bool Missing(Error error)
    {
        if (error is not NotFound) return false;
        Navigation.NotFound();
        return true;
    }

    private void OnChange(Change change)
    {
        // While it loads, the page may not know yet what it is about.
        if (_loading || change.Of == ChangeOf.Unknown || Concerns(change)) _ = ReloadAsync();
    }

    private Task ReloadAsync() => InvokeAsync(async () =>
    {
        if (Gone.IsCancellationRequested) return;
        try
        {
            await RunAsync();
            StateHasChanged();
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    });

    protected override void Dispose(bool disposing)
    {
        _subscription?.Dispose();
        base.Dispose(disposing);
    }
}
