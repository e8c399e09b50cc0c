using System.Globalization;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>One run of a container's process: what its image does, its probes, and its end.</summary>
internal sealed class ContainerProcess(KubeletContext node, PodState pod, ContainerState container, string fieldPath, bool completes)
{
    private const string Error = "Error";
    private const int Ticks = 5;

    /// <summary>For the answer to the request that ended the process.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource<(int Code, string Reason)> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ContainerLog _log = new(node.Options.LogLines, node.Time);

    /// <summary>The exit code and the reason, as the terminated state has them.</summary>
    public async Task<(int Code, string Reason)> RunAsync(IReadOnlyList<string> environment, CancellationToken terminate, CancellationToken kill)
    {
        Event("Normal", "Created", "Container created");
        await node.Delay(node.Options.StartDelay, terminate);
        var behavior = ImageBehavior.Of(container.Image);
        var usage = new ContainerUsage(node.Time, container.Image, container.CpuLimit, (long?)container.MemoryLimit);
        var site = new PodSite(pod.Stored.Namespace, pod.Stored.Name, container.Image, environment, _log, usage, Exit);
        var serving = behavior == Behavior.Serve && !completes;
        var listeners = Listen(serving ? ContainerConfig.Ports(container.Spec) : [], site);
        if (listeners is null)
        {
            _log.Append("bind: address already in use");
            _exit.TrySetResult((1, Error));
        }
        else if (serving) _log.Append($"{container.Name} listening on {string.Join(", ", ContainerConfig.Ports(container.Spec).Select(p => p.ToString(CultureInfo.InvariantCulture)))}");
        var run = Started(usage);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(terminate, kill);
        var probes = new Prober(node, pod, container, fieldPath).RunAsync(() => _exit.TrySetResult((137, Error)), ended.Token);
        try
        {
            var (code, reason) = await EndAsync(behavior, terminate);
            if (terminate.IsCancellationRequested && !kill.IsCancellationRequested)
            {
                Event("Normal", "Killing", $"Stopping container {container.Name}");
                await DrainAsync(site, listeners ?? [], kill);
            }
            else if (!kill.IsCancellationRequested) await Task.WhenAny(site.DrainAsync(), Task.Delay(LastWords, kill));
            return (code, reason);
        }
        finally
        {
            foreach (var listener in listeners ?? []) listener.Dispose();
            site.Close();
            await run.EndAsync();
            await ended.CancelAsync();
            await probes;
        }
    }

    private void Exit(int code) => _exit.TrySetResult((code, code == 0 ? "Completed" : Error));

    private ContainerRun Started(ContainerUsage usage)
    {
        ContainerRun? run = null;
        pod.Change(() =>
        {
            container.PreviousLog = container.Log;
            container.Log = _log;
            pod.Address ??= node.Network.NextAddress();
            container.Current = run = new(pod, container, ContainerEnvironment.Resolve(node.Registry.Store, pod, container.Spec), Exit);
            container.Run(ContainerRunner.NewId(), node.Registry.Now, usage);
            Event("Normal", "Started", "Container started");
            if (container.Spec["readinessProbe"] is null && container.Started) container.Ready = true;
        });
        return run!;
    }

    /// <summary>A pod's address is chosen with its first listener, so that one whose ports are taken is passed over.</summary>
    private IReadOnlyList<IDisposable>? Listen(IReadOnlyCollection<int> ports, PodSite site)
    {
        const int tries = 20;
        if (pod.Address is { } address) return node.Network.Listen(address, ports, site);
        for (var i = 0; i < tries; i++)
        {
            var next = node.Network.NextAddress();
            if (node.Network.Listen(next, ports, site) is not { } listeners) continue;
            lock (pod.Gate) pod.Address ??= next;
            return listeners;
        }
        return null;
    }

    private async Task<(int, string)> EndAsync(Behavior behavior, CancellationToken terminate)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = terminate.Register(() => stop.TrySetResult());
        if (behavior is Behavior.Crash or Behavior.OutOfMemory || (completes && behavior == Behavior.Serve))
        {
            _log.Append(behavior switch { Behavior.Crash => "boom: DATABASE_URL is not set", Behavior.OutOfMemory => "loading everything into memory", _ => "done" });
            await Task.WhenAny(node.Delay(node.Options.CrashDelay, CancellationToken.None), stop.Task, _exit.Task);
            if (!terminate.IsCancellationRequested)
                return behavior switch { Behavior.Crash => (3, Error), Behavior.OutOfMemory => (137, "OOMKilled"), _ => (0, "Completed") };
        }
        else if (behavior == Behavior.Ticker) _ = TickAsync(stop.Task);
        else if (behavior == Behavior.Unready) _log.Append("waiting for a dependency");
        await Task.WhenAny(_exit.Task, stop.Task);
        return _exit.Task.IsCompleted ? await _exit.Task : (0, "Completed");
    }

    /// <summary>A line each second, five of them, and then an end: a log to follow over restarts.</summary>
    private async Task TickAsync(Task stop)
    {
        for (var i = 1; i <= Ticks && !stop.IsCompleted; i++)
        {
            _log.Append($"tick {i}");
            await Task.WhenAny(node.Seconds(1, CancellationToken.None), stop);
        }
        _exit.TrySetResult((4, Error));
    }

    /// <summary>Goes on answering while the endpoints are being changed, then takes no more and ends what it has begun.</summary>
    private async Task DrainAsync(PodSite site, IReadOnlyList<IDisposable> listeners, CancellationToken kill)
    {
        try
        {
            if (listeners.Count > 0) await node.Delay(node.Options.DrainDelay, kill);
            foreach (var listener in listeners) listener.Dispose();
            var grace = node.Options.Second * (pod.Body.Int("spec", "terminationGracePeriodSeconds") ?? 30);
            await Task.WhenAny(site.DrainAsync(), node.Delay(grace, kill));
        }
        catch (OperationCanceledException) when (kill.IsCancellationRequested)
        {
            // Deleted with no grace: cut off.
        }
    }

    private void Event(string type, string reason, string message) => node.Events.Record(pod.Stored, type, reason, message, "kubelet", fieldPath);
}
