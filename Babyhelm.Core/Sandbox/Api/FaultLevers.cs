namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Ways to make the API misbehave, for tests of its clients.</summary>
internal sealed class FaultLevers : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _thawed = Completed();

    /// <summary>Cancelled when the server stops, so that streams end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public void Freeze()
    {
        if (_thawed.Task.IsCompleted) _thawed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Thaw() => _thawed.TrySetResult();

    public Task ThawedAsync(CancellationToken ct) => _thawed.Task.IsCompleted ? Task.CompletedTask : _thawed.Task.WaitAsync(ct);

    public void Stop()
    {
        _stopping.Cancel();
        Thaw();
    }

    public void Dispose() => _stopping.Dispose();

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
