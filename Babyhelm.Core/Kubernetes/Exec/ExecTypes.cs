using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Exec;

/// <summary>A command to run in a container.</summary>
/// <param name="Command">Program and arguments, at least the program. No shell takes them apart.</param>
public sealed record ExecOptions(IReadOnlyList<string> Command)
{
    /// <summary>Null is the only container; the server refuses that for a pod with several.</summary>
    public string? Container { get; init; }

    /// <summary>Open the standard input; without it the command reads an empty one.</summary>
    public bool Input { get; init; }

    /// <summary>Give the command a terminal: its errors then come with its output, as on any terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>First size of the terminal; only with <see cref="Tty"/>. Null leaves it at 0 by 0 until a resize.</summary>
    public TerminalSize? Size { get; init; }

    internal Invalid? Problem =>
        Command.Count == 0 || Command[0].Length == 0 ? new Invalid("command", "Name a program to run.")
        : Command.Any(part => part.Contains('\0')) ? new Invalid("command", "A command holds no NUL character.")
        : Size is null ? null
        : Tty ? Size.Value.Problem
        : new Invalid("size", "Only a terminal has a size.");
}

/// <summary>Columns and rows of a terminal, each 1 to 65535.</summary>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    internal Invalid? Problem => Columns is > 0 and <= ushort.MaxValue && Rows is > 0 and <= ushort.MaxValue
        ? null
        : new Invalid("size", $"A terminal has 1 to {ushort.MaxValue} columns and rows.");
}

public enum ExecStream
{
    Output,

    /// <summary>Standard error; never with a terminal.</summary>
    Error,
}

/// <summary>A piece of what the command wrote, as it came: lines and characters may be split.</summary>
/// <param name="Data">1 byte to <see cref="ExecSession.MaxChunk"/> bytes, the reader's to keep.</param>
public readonly record struct ExecOutput(ExecStream Stream, ReadOnlyMemory<byte> Data);

public enum ExecProblem
{
    /// <summary>The pod has not started yet, has ended, or its container waits for a restart.</summary>
    ContainerNotRunning,

    /// <summary>The container has no such program.</summary>
    CommandNotFound,

    /// <summary>The cluster could not run the command, or not to its end, for another reason.</summary>
    Failed,

    /// <summary>The connection ended before the command did; how that ends is not known.</summary>
    ConnectionLost,

    /// <summary>The server does not keep to the protocol.</summary>
    Garbled,

    /// <summary>The session is over, or this side has closed it or its input.</summary>
    Closed,

    /// <summary>Protocol v4 cannot say that the input has ended.</summary>
    CannotCloseInput,
}

/// <summary>Why a command did not run to its end. What the API server refuses is a <see cref="KubernetesError"/> instead: a missing
/// pod or container, a missing permission.</summary>
/// <param name="Problem">Its name in kebab-case is the error's code: <c>exec-container-not-running</c>.</param>
/// <param name="Message">One plain sentence, with what the cluster said.</param>
public sealed record ExecError(ExecProblem Problem, string Message) : Error(CodeOf(Problem), Message)
{
    private static string CodeOf(ExecProblem problem) => problem switch
    {
        ExecProblem.ContainerNotRunning => "exec-container-not-running",
        ExecProblem.CommandNotFound => "exec-command-not-found",
        ExecProblem.Failed => "exec-failed",
        ExecProblem.ConnectionLost => "exec-connection-lost",
        ExecProblem.Garbled => "exec-garbled",
        ExecProblem.Closed => "exec-closed",
        _ => "exec-cannot-close-input",
    };
}
