namespace Babyhelm.Web.Terminals;

/// <summary>
/// How many bytes of output a client has not drawn yet. A browser takes in whatever comes; so that it holds no more than
/// <see cref="Limit"/>, nothing more is sent until it says that it has drawn some.
/// </summary>
internal sealed class TerminalCredit
{
    public const int Limit = 256 * 1024;

    private readonly Lock _gate = new();
    private TaskCompletionSource _drawn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _waiting;

    /// <summary>Waits until there is room, then counts these bytes.</summary>
    public async Task TakeAsync(int bytes, CancellationToken cancellation)
    {
        while (true)
        {
            Task drawn;
            lock (_gate)
            {
                if (_waiting < Limit)
                {
                    _waiting += bytes;
                    return;
                }
                drawn = _drawn.Task;
            }
            await drawn.WaitAsync(cancellation);
        }
    }

    /// <summary>The client has drawn these; more than it was sent counts for nothing.</summary>
    public void Give(int bytes)
    {
        lock (_gate)
        {
            _waiting = Math.Max(0, _waiting - Math.Max(0, bytes));
            if (_waiting >= Limit) return;
            _drawn.TrySetResult();
            _drawn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
