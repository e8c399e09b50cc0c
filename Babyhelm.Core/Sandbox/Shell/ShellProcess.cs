using System.Text;
using Babyhelm.Core.Sandbox.Kubelet;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>Takes output; waits while the reader is slow.</summary>
internal delegate ValueTask Sink(ReadOnlyMemory<byte> data, CancellationToken ct);

/// <summary>What a program in a container has: its streams, environment, folder, and the container around it.</summary>
/// <param name="Environment">The process's own; a child gets a copy.</param>
/// <param name="Terminal">Null without one.</param>
internal sealed record ShellProcess(
    ContainerRun Run, ContainerFiles Files, TimeProvider Time, ShellInput Input, Sink Output, Sink Error,
    IReadOnlyDictionary<string, string> Environment, string Folder, Terminal? Terminal)
{
    public long User => Run.Spec.Map("securityContext").Int("runAsUser") ?? Run.PodBody.Map("spec", "securityContext").Int("runAsUser") ?? 0;

    public long Group => Run.Spec.Map("securityContext").Int("runAsGroup") ?? Run.PodBody.Map("spec", "securityContext").Int("runAsGroup") ?? User;

    public string Path(string given) => ContainerFiles.Absolute(Folder, given);

    public ValueTask PrintAsync(string text, CancellationToken ct) => text.Length == 0 ? default : Output(Encoding.UTF8.GetBytes(text), ct);

    /// <summary>Says what went wrong and answers the exit code.</summary>
    public async ValueTask<int> FailAsync(string text, CancellationToken ct, int code = 1)
    {
        await Error(Encoding.UTF8.GetBytes(text + "\n"), ct);
        return code;
    }
}
