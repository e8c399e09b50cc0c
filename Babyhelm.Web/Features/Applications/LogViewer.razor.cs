using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Babyhelm.Web.Features.Applications;

public sealed partial class LogViewer
{
    // Often enough to look live, seldom enough that a flood of lines leaves the circuit time for the rest.
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(100);

    // A browser that lost its connection does not answer; what it had not is sent again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Characters of one batch. The next goes out when the browser has drawn it, so a slow browser is not overrun.</summary>
    private const int MaxBatch = 256 * 1024;

    private readonly CancellationTokenSource _gone = new();
    private ElementReference _log;
    private IJSObjectReference? _script;
    private CancellationTokenSource? _reading;
    private object? _key;
    private bool _empty = true;
    private bool _ended;
    private string? _problem;

    /// <summary>Opens the stream; called again when <see cref="Key"/> changes.</summary>
    [Parameter, EditorRequired] public Func<CancellationToken, IAsyncEnumerable<AppLogLine>> Source { get; set; } = default!;

    /// <summary>What is being read; another one starts anew.</summary>
    [Parameter, EditorRequired] public object Key { get; set; } = default!;

    /// <summary>Lines that the browser keeps, at least 1.</summary>
    [Parameter] public int Capacity { get; set; } = 1000;
    [Parameter] public bool ShowPods { get; set; } = true;
    [Parameter] public bool Tall { get; set; }

    [Inject] private ILogger<LogViewer> Logger { get; set; } = default!;
    [Inject] private TimeProvider Time { get; set; } = default!;
    [Inject] private IJSRuntime Scripts { get; set; } = default!;
    [CascadingParameter] private Components.ClusterStatus? Cluster { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!RendererInfo.IsInteractive || Equals(_key, Key) || _gone.IsCancellationRequested) return;
        _key = Key;
        _reading?.Cancel();
        _reading?.Dispose();
        _reading = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        await PumpAsync(Source, new LogBuffer(Capacity), _reading.Token);
    }

    private async Task PumpAsync(Func<CancellationToken, IAsyncEnumerable<AppLogLine>> source, LogBuffer buffer, CancellationToken cancellation)
    {
        try
        {
            (_empty, _ended, _problem) = (true, false, null);
            StateHasChanged();
            _script ??= await Scripts.InvokeAsync<IJSObjectReference>("import", cancellation, "/js/log.js");
            await _script.InvokeVoidAsync("clear", cancellation, _log);
            // Off the circuit: a busy log must not hold up clicks.
            var reading = Task.Run(() => ReadAsync(source, buffer, cancellation), cancellation);
            using var timer = new PeriodicTimer(Batch, Time);
            for (var number = 0; ; number++)
            {
                // Asked before the lines are taken, so that none can come between.
                var last = reading.IsCompleted;
                if (!await ShowAsync(buffer, number, cancellation) && (last || !await NextAsync(timer, cancellation))) break;
            }
            var problem = await reading;
            cancellation.ThrowIfCancellationRequested();
            (_ended, _problem) = (true, problem?.Public);
            StateHasChanged();
        }
        catch (Exception e) when (cancellation.IsCancellationRequested || e is JSDisconnectedException)
        {
            // the reader went on
        }
        catch (Exception e)
        {
            // Said in place: what else the page shows is not touched by it.
            LogFailed(Logger, e);
            _problem = "The log could not be read. Reload the page to try again; the log of Babyhelm holds the details.";
            StateHasChanged();
        }
    }

    private static async Task<Error?> ReadAsync(Func<CancellationToken, IAsyncEnumerable<AppLogLine>> source, LogBuffer buffer, CancellationToken cancellation)
    {
        await foreach (var line in source(cancellation))
        {
            if (line.Problem is not null) return line.Problem;
            buffer.Add(line);
        }
        return null;
    }

    /// <summary>Sends what is there, at most one batch; false where there is nothing.</summary>
    private async Task<bool> ShowAsync(LogBuffer buffer, int number, CancellationToken cancellation)
    {
        var batch = buffer.Take(MaxBatch);
        if (batch.Lines.Count == 0) return false;
        var lines = batch.Lines.Select(LogBuffer.Show).ToList();
        while (true)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            try
            {
                await _script!.InvokeVoidAsync("add", limit.Token, _log, number, batch.Left, lines);
                break;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Sent again; the script knows a batch that it had.
            }
        }
        if (!_empty) return true;
        _empty = false;
        StateHasChanged();
        return true;
    }

    /// <summary>A tick that was under way when the reader went on must not show the old log.</summary>
    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellation)
    {
        var more = await timer.WaitForNextTickAsync(cancellation);
        cancellation.ThrowIfCancellationRequested();
        return more;
    }

    public async ValueTask DisposeAsync()
    {
        if (_gone.IsCancellationRequested) return;
        await _gone.CancelAsync();
        _gone.Dispose();
        _reading?.Dispose();
        try
        {
            if (_script is not null) await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // the page is gone, and the script with it
        }
    }

    [LoggerMessage(LogLevel.Error, "A log could not be read.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
