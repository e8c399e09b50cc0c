using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Exec;

namespace Babyhelm.Core.Applications.Terminals;

/// <summary>An open terminal. Its beginning is in the audit log; <see cref="EndAsync"/> writes its end, once.</summary>
public sealed class TerminalSession
{
    private readonly StartedShell _shell;
    private readonly OpenTerminal _owner;
    private readonly long _started;
    private int _ended;

    internal TerminalSession(TerminalPlace place, StartedShell shell, OpenTerminal owner, long started) =>
        (Place, _shell, _owner, _started) = (place, shell, owner, started);

    public TerminalPlace Place { get; }

    /// <summary>Path of the program that runs.</summary>
    public string Shell => _shell.Path;

    /// <summary>What the terminal shows, until the shell ends; it must be read. For one reader.</summary>
    public IAsyncEnumerable<ExecOutput> Output => _shell.Output;

    /// <summary>How the shell ended: its exit code or why there is none.</summary>
    public Task<Result<int>> Exit => _shell.Session.Exit;

    /// <summary>Waits while the shell does not take it.</summary>
    public Task<Result<Done>> TypeAsync(ReadOnlyMemory<byte> keys, CancellationToken cancellation) => _shell.Session.WriteAsync(keys, cancellation);

    public Task<Result<Done>> ResizeAsync(TerminalSize size, CancellationToken cancellation) => _shell.Session.ResizeAsync(size, cancellation);

    /// <summary>Ends the shell where it still runs.</summary>
    /// <param name="why">For the audit log: a phrase.</param>
    public async Task EndAsync(string why)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1) return;
        await _shell.Session.DisposeAsync();
        await _owner.ClosedAsync(this, _started, why);
    }
}
