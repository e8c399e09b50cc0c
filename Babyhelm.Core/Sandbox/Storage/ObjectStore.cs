using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>
/// Every object of the cluster under one lock, one version counter for all of them, and a bounded history from which
/// watches resume. Holds no rules: what may be written is decided before.
/// </summary>
internal sealed class ObjectStore
{
    private readonly Dictionary<ApiResource, ObjectTable> _tables = ApiResource.Served.ToDictionary(r => r, _ => new ObjectTable());
    private readonly Queue<Change> _history = new();
    private readonly Dictionary<string, StoredObject> _uids = new(StringComparer.Ordinal);
    private readonly List<Watcher> _watchers = [];
    private readonly int _historyLimit;
    private readonly int _watchBuffer;
    private long _compacted;

    /// <summary>
    /// Versions start at a figure made from the clock, so that a client that outlives a restart holds versions that are
    /// too old rather than ones that mean something else now.
    /// </summary>
    public ObjectStore(SandboxOptions options, TimeProvider time)
    {
        _historyLimit = options.History;
        _watchBuffer = options.WatchBuffer;
        Version = _compacted = time.GetUtcNow().ToUnixTimeMilliseconds() / 10;
    }

    /// <summary>Held by whoever reads and then writes; reads and writes take it themselves as well.</summary>
    public Lock Gate { get; } = new();

    public long Version { get; private set; }

    public int Count { get; private set; }

    /// <summary>Called under the lock after each change; must be quick.</summary>
    public event Action<Change>? Changed;

    public StoredObject? Get(ApiResource resource, string? ns, string name)
    {
        lock (Gate) return _tables[resource].Find(ns ?? "", name);
    }

    /// <summary>The objects of a type, of one namespace or of all, in no particular order.</summary>
    public List<StoredObject> List(ApiResource resource, string? ns = null)
    {
        lock (Gate) return _tables[resource].List(ns);
    }

    /// <summary>The objects as they were at a version; null when that is too far back to know them, or not reached yet.</summary>
    public List<StoredObject>? ListAt(ApiResource resource, string? ns, long version)
    {
        lock (Gate)
        {
            if (version < _compacted || version > Version) return null;
            var objects = _tables[resource].List(ns).ToDictionary(o => o.SortKey, StringComparer.Ordinal);
            foreach (var change in _history.Where(c => c.Object.Resource == resource && c.Object.Version > version && (ns is null || c.Object.Namespace == ns)).Reverse())
                if (change.Previous is { } before) objects[before.SortKey] = before;
                else objects.Remove(change.Object.SortKey);
            return [.. objects.Values];
        }
    }

    /// <summary>Objects of a type that name this owner's uid as their controller.</summary>
    public List<StoredObject> Controlled(ApiResource resource, string ns, string uid)
    {
        lock (Gate) return _tables[resource].Owned(uid).Where(o => o.Namespace == ns && o.ControllerUid == uid).ToList();
    }

    /// <summary>Objects of every type that name this uid among their owners.</summary>
    public List<StoredObject> Dependents(string uid)
    {
        lock (Gate) return _tables.Values.SelectMany(t => t.Owned(uid)).ToList();
    }

    public bool Exists(string uid)
    {
        lock (Gate) return _uids.ContainsKey(uid);
    }

    public StoredObject? Find(string uid)
    {
        lock (Gate) return _uids.GetValueOrDefault(uid);
    }

    /// <summary>Stores a new object or a new state of one; the version is written into the body.</summary>
    public StoredObject Put(ApiResource resource, JsonObject body)
    {
        lock (Gate)
        {
            var stored = StoredObject.Make(resource, body, ++Version);
            var previous = _tables[resource].Put(stored);
            if (previous is null) Count++;
            _uids[stored.Uid] = stored;
            Publish(new Change(previous is null ? ChangeType.Added : ChangeType.Modified, stored, previous));
            return stored;
        }
    }

    /// <summary>Removes an object; watchers see its last state with the version of the removal.</summary>
    public StoredObject? Remove(StoredObject gone)
    {
        lock (Gate)
        {
            if (_tables[gone.Resource].Remove(gone.Namespace, gone.Name) is not { } previous) return null;
            Count--;
            _uids.Remove(previous.Uid);
            var last = StoredObject.Make(gone.Resource, previous.Read(), ++Version);
            Publish(new Change(ChangeType.Deleted, last, previous));
            return last;
        }
    }

    /// <summary>Opens a watch behind a version, with all changes since; null when that is too far back to know them.</summary>
    /// <param name="since">Null starts with what comes next.</param>
    public Watcher? Watch(ApiResource resource, string? ns, long? since)
    {
        lock (Gate)
        {
            if (since < _compacted) return null;
            var watcher = new Watcher(resource, ns, _watchBuffer, Forget);
            if (since is not null && since < Version)
                foreach (var change in _history)
                    if (change.Object.Version > since && change.Object.Resource == resource) watcher.Offer(change);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>The oldest version from which a watch can still resume.</summary>
    public long OldestVersion
    {
        get { lock (Gate) return _compacted; }
    }

    /// <summary>Forgets the history, so that every watch of an older version answers 410.</summary>
    public void Compact()
    {
        lock (Gate)
        {
            _history.Clear();
            _compacted = ++Version;
        }
    }

    public void EndWatches()
    {
        lock (Gate)
            foreach (var watcher in _watchers.ToArray()) watcher.End();
    }

    private void Publish(Change change)
    {
        _history.Enqueue(change);
        if (_history.Count > _historyLimit) _compacted = _history.Dequeue().Object.Version;
        for (var i = _watchers.Count - 1; i >= 0; i--)
            if (_watchers[i].Resource == change.Object.Resource) _watchers[i].Offer(change);
        Changed?.Invoke(change);
    }

    private void Forget(Watcher watcher)
    {
        lock (Gate) _watchers.Remove(watcher);
    }
}
