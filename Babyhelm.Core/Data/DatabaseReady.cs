namespace Babyhelm.Core.Data;

/// <summary>Says when the database is reachable and migrated; work that needs it waits here.</summary>
public sealed class DatabaseReady
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _problem;

    public bool IsReady => _ready.Task.IsCompletedSuccessfully;

    /// <summary>Why it is not ready yet, in plain words; null before the first try and when ready.</summary>
    public string? Problem => IsReady ? null : _problem;

    public Task WaitAsync(CancellationToken cancellation) => _ready.Task.WaitAsync(cancellation);

    internal void Set() => _ready.TrySetResult();

    internal void SetProblem(string problem) => _problem = problem;
}
