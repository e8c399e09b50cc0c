using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Exec;

namespace Babyhelm.Core.Applications.Terminals;

/// <summary>A shell that has started.</summary>
/// <param name="Output">What it writes, from the beginning.</param>
internal sealed record StartedShell(string Path, ExecSession Session, IAsyncEnumerable<ExecOutput> Output);

/// <summary>Starts the best shell that an image has.</summary>
internal sealed class Shells(KubernetesClient cluster, TimeProvider time)
{
    public static readonly IReadOnlyList<string> Known = ["/bin/bash", "/bin/sh"];

    /// <summary>A shell that says nothing for so long is taken for started: one without a prompt, or on a slow machine.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    // How runtimes end a command that they could not start, where they tell it as the command's own end (dockershim).
    private const int NotExecutable = 126;
    private const int NotFound = 127;
    private const string RuntimeSays = "OCI runtime exec failed";

    public async Task<Result<StartedShell>> StartAsync(string ns, string pod, string container, TerminalSize size, CancellationToken cancellation)
    {
        foreach (var path in Known)
        {
            var options = new ExecOptions([path]) { Container = container, Input = true, Tty = true, Size = size };
            var begun = await cluster.ExecAsync(ns, pod, options, cancellation);
            if (begun.Failed(out var error, out var session))
            {
                if (IsMissing(error)) continue;
                return error;
            }
            var (output, first) = (session.ReadAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None), (Task<bool>?)null);
            try
            {
                first = output.MoveNextAsync().AsTask();
                await Task.WhenAny(first, Task.Delay(Silence, time, cancellation));
                cancellation.ThrowIfCancellationRequested();
                if (!first.IsCompleted || (await first && !SaysItFailed(output.Current)))
                {
                    var started = new StartedShell(path, session, ReadAsync(first, output));
                    session = null;
                    return started;
                }
                if (first.Result) continue;
                var end = await session.Exit;
                if (end.Error is { } why && !IsMissing(why)) return why;
                // One that ended at once and in good order is there, but for no terminal.
                if (end.Error is null && end.Value is not (NotExecutable or NotFound))
                    return new ExecError(ExecProblem.Failed, $"{path} of the image ended at once with exit code {end.Value}.");
            }
            finally
            {
                if (session is not null) await session.DisposeAsync();
            }
        }
        return new ExecError(ExecProblem.CommandNotFound,
            $"The image has no shell: neither {string.Join(" nor ", Known)} is in it. A terminal needs one; use an image with a shell, such as the -debug or -alpine variant, to look inside.");
    }

    private static bool IsMissing(Error error) => error is ExecError { Problem: ExecProblem.CommandNotFound };

    private static bool SaysItFailed(ExecOutput output) => Encoding.UTF8.GetString(output.Data.Span).StartsWith(RuntimeSays, StringComparison.Ordinal);

    private static async IAsyncEnumerable<ExecOutput> ReadAsync(Task<bool> first, IAsyncEnumerator<ExecOutput> output)
    {
        for (var more = await first; more; more = await output.MoveNextAsync()) yield return output.Current;
    }
}
