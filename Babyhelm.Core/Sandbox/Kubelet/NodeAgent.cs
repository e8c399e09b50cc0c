using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>The kubelet: one worker for each pod that is bound to the node.</summary>
internal sealed class NodeAgent : IAsyncDisposable
{
    private readonly KubeletContext _node;
    private readonly Dictionary<string, PodWorker> _workers = new(StringComparer.Ordinal);
    private bool _stopped;

    public NodeAgent(KubeletContext node)
    {
        _node = node;
        node.Registry.Store.Changed += OnChanged;
    }

    public PodWorker? Find(string uid)
    {
        lock (_node.Registry.Store.Gate) return _workers.GetValueOrDefault(uid);
    }

    /// <summary>Every pod that the node has.</summary>
    public IReadOnlyList<PodState> Pods()
    {
        lock (_node.Registry.Store.Gate) return [.. _workers.Values.Select(w => w.Pod)];
    }

    public async ValueTask DisposeAsync()
    {
        _node.Registry.Store.Changed -= OnChanged;
        List<PodWorker> workers;
        lock (_node.Registry.Store.Gate)
        {
            _stopped = true;
            workers = [.. _workers.Values];
        }
        foreach (var worker in workers) worker.Kill();
        await Task.WhenAll(workers.Select(w => w.Completion));
    }

    /// <summary>Under the store's lock.</summary>
    private void OnChanged(Change change)
    {
        var pod = change.Object;
        if (pod.Resource != ApiResource.Pods || _stopped) return;
        if (change.Type == ChangeType.Deleted)
        {
            if (_workers.Remove(pod.Uid, out var gone)) gone.Kill();
            return;
        }
        if (_workers.TryGetValue(pod.Uid, out var worker))
        {
            if (pod.Deleting) worker.Terminate();
            return;
        }
        if (pod.Read().Str("spec", "nodeName") is not { Length: > 0 } || Controllers.PodFacts.Ended(pod.Read())) return;
        _workers[pod.Uid] = worker = new(pod, _node);
        worker.Start();
        if (pod.Deleting) worker.Terminate();
    }
}
