using Babyhelm.Core.Sandbox.Storage;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>The life of one pod on the node, from scheduled to gone.</summary>
internal sealed partial class PodWorker
{
    private readonly KubeletContext _node;
    private readonly CancellationTokenSource _terminate = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly ILogger _logger;
    private int _ending;

    public PodWorker(StoredObject stored, KubeletContext node)
    {
        (_node, _logger) = (node, node.Logger);
        Pod = new(stored, node.Registry);
    }

    public PodState Pod { get; }

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = Task.Run(RunAsync);

    /// <summary>The pod is being deleted: stop within its grace period.</summary>
    public void Terminate()
    {
        if (Interlocked.Exchange(ref _ending, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(_ => _terminate.Cancel(), null);
    }

    /// <summary>The object is gone already: stop at once.</summary>
    public void Kill() => ThreadPool.UnsafeQueueUserWorkItem(_ => { _kill.Cancel(); _terminate.Cancel(); }, null);

    private async Task RunAsync()
    {
        try
        {
            await LiveAsync();
        }
        catch (OperationCanceledException) when (_terminate.IsCancellationRequested)
        {
            // Ended while it was waiting for something.
        }
        catch (Exception e)
        {
            LogFailed(e, Pod.Stored.Namespace, Pod.Stored.Name);
        }
        if (!_terminate.IsCancellationRequested || _kill.IsCancellationRequested) return;
        Pod.Change(() => Pod.Finished = true);
        _node.Deletion.Finish(Pod.Stored);
    }

    private async Task LiveAsync()
    {
        Pod.Change(() => { });
        await MountAsync();
        await _node.Delay(_node.Options.SandboxDelay, _terminate.Token);
        Pod.Change(() => Pod.SandboxReady = true);
        foreach (var container in Pod.InitContainers)
            if (!await new ContainerRunner(_node, Pod, container, init: true).RunAsync(_terminate.Token, _kill.Token))
            {
                Finish();
                return;
            }
        Pod.Change(() =>
        {
            Pod.Initialized = true;
            if (Pod.InitContainers.Count > 0)
                foreach (var container in Pod.Containers) container.Wait("ContainerCreating");
        });
        await Task.WhenAll(Pod.Containers.Select(c => new ContainerRunner(_node, Pod, c, init: false).RunAsync(_terminate.Token, _kill.Token)));
        Finish();
    }

    private async Task MountAsync()
    {
        var wait = new BackOff(_node.Options.Second / 2);
        while (ContainerConfig.MissingVolume(_node.Registry.Store, Pod.Stored.Namespace, Pod.Body) is { } missing)
        {
            _node.Events.Record(Pod.Stored, "Warning", "FailedMount", missing, "kubelet");
            await _node.Delay(wait.Next(), _terminate.Token);
        }
    }

    private void Finish()
    {
        if (!_terminate.IsCancellationRequested) Pod.Change(() => Pod.Finished = true);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox pod {Namespace}/{Name} failed")]
    private partial void LogFailed(Exception e, string @namespace, string name);
}
