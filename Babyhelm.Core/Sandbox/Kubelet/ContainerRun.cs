using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>One run of a container, as commands in it find it: its environment and the processes beside them.</summary>
/// <param name="exit">Ends the run with an exit code, as its main process would.</param>
internal sealed class ContainerRun(PodState pod, ContainerState container, IReadOnlyList<KeyValuePair<string, string>> environment, Action<int> exit)
{
    private readonly CancellationTokenSource _ended = new();
    private readonly SortedList<int, string> _processes = new() { [1] = Main(container) };
    private int _lastProcess = 1;

    /// <summary>As it was at the start; later changes of secrets and config maps do not show.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; } = environment;

    /// <summary>Cancelled when the run is over, with everything that runs in it.</summary>
    public CancellationToken Ended => _ended.Token;

    public StoredObject Pod => pod.Stored;
    public JsonObject PodBody => pod.Body;
    public JsonObject Spec => container.Spec;
    public string? Address => pod.Address?.ToString();

    public void Exit(int code) => exit(code);

    public Task EndAsync() => _ended.CancelAsync();

    /// <summary>Processes by number, the main one first.</summary>
    public IReadOnlyList<KeyValuePair<int, string>> Processes()
    {
        lock (_processes) return [.. _processes];
    }

    /// <summary>Lists a process until the answer is disposed.</summary>
    public Listing List(string command)
    {
        lock (_processes)
        {
            _processes[++_lastProcess] = command;
            return new(this, _lastProcess);
        }
    }

    internal sealed class Listing(ContainerRun run, int number) : IDisposable
    {
        public int Number => number;

        public void Dispose()
        {
            lock (run._processes) run._processes.Remove(number);
        }
    }

    /// <summary>What the main process is called: its command, or the image where that is not known here.</summary>
    private static string Main(ContainerState container)
    {
        var words = container.Spec.List("command")?.Concat(container.Spec.List("args") ?? []).Select(w => w.Scalar() ?? "").ToList();
        return words is { Count: > 0 } ? string.Join(' ', words) : container.Image;
    }
}
