namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>The objects of one type, by namespace and name, with an index by owner. Not safe for threads.</summary>
internal sealed class ObjectTable
{
    private readonly Dictionary<string, Dictionary<string, StoredObject>> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, StoredObject>> _owned = new(StringComparer.Ordinal);

    public StoredObject? Find(string ns, string name) =>
        _namespaces.TryGetValue(ns, out var objects) ? objects.GetValueOrDefault(name) : null;

    public List<StoredObject> List(string? ns)
    {
        if (ns is not null) return _namespaces.TryGetValue(ns, out var objects) ? [.. objects.Values] : [];
        var all = new List<StoredObject>(_namespaces.Sum(n => n.Value.Count));
        foreach (var objects in _namespaces.Values) all.AddRange(objects.Values);
        return all;
    }

    /// <summary>The objects that name this uid among their owners.</summary>
    public IEnumerable<StoredObject> Owned(string uid) => _owned.TryGetValue(uid, out var objects) ? objects.Values : [];

    /// <summary>The state before, or null.</summary>
    public StoredObject? Put(StoredObject stored)
    {
        if (!_namespaces.TryGetValue(stored.Namespace, out var objects)) _namespaces[stored.Namespace] = objects = new(StringComparer.Ordinal);
        objects.TryGetValue(stored.Name, out var previous);
        objects[stored.Name] = stored;
        foreach (var uid in previous?.Owners ?? []) Unindex(uid, stored);
        foreach (var uid in stored.Owners)
        {
            if (!_owned.TryGetValue(uid, out var owned)) _owned[uid] = owned = new(StringComparer.Ordinal);
            owned[stored.SortKey] = stored;
        }
        return previous;
    }

    public StoredObject? Remove(string ns, string name)
    {
        if (!_namespaces.TryGetValue(ns, out var objects) || !objects.Remove(name, out var gone)) return null;
        if (objects.Count == 0) _namespaces.Remove(ns);
        foreach (var uid in gone.Owners) Unindex(uid, gone);
        return gone;
    }

    private void Unindex(string uid, StoredObject stored)
    {
        if (!_owned.TryGetValue(uid, out var owned)) return;
        owned.Remove(stored.SortKey);
        if (owned.Count == 0) _owned.Remove(uid);
    }
}
