using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>
/// Writes Event objects: repeats count up, many similar ones are combined, and the oldest go when there are too many or
/// when they are an hour old.
/// </summary>
internal sealed class EventRecorder(ObjectStore store, SandboxOptions options, TimeProvider time)
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);
    private const int SimilarLimit = 10;

    private sealed record Note(string Namespace, string Name, DateTimeOffset Last);

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (HashSet<string> Messages, DateTimeOffset First)> _similar = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, Note Note)> _order = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, Note Note)>> _nodes = new(StringComparer.Ordinal);
    private long _sequence = time.GetUtcNow().UtcTicks;

    /// <param name="component">As it signs, for example <c>kubelet</c>; the kubelet also names its host.</param>
    public void Record(StoredObject about, string type, string reason, string message, string component, string? fieldPath = null)
    {
        lock (store.Gate)
        {
            if (store.Get(ApiResource.Namespaces, null, about.Namespace) is null or { Deleting: true }) return;
            var now = time.GetUtcNow();
            var group = $"{about.Uid}|{fieldPath}|{component}|{type}|{reason}";
            var key = $"{group}|{message}";
            if (Combine(group, message, now))
            {
                key = $"{group}|*";
                message = $"(combined from similar events): {message}";
            }
            if (_names.TryGetValue(key, out var name) && store.Get(ApiResource.Events, about.Namespace, name) is { } known)
            {
                var again = known.Read();
                again["count"] = (again.Int("count") ?? 1) + 1;
                again["lastTimestamp"] = Ids.Time(now);
                again["message"] = message;
                store.Put(ApiResource.Events, again);
            }
            else
            {
                name = $"{about.Name}.{++_sequence:x}";
                _names[key] = name;
                var body = Body(about, name, type, reason, message, fieldPath, now);
                body["source"] = component == "kubelet" ? new JsonObject { ["component"] = component, ["host"] = NodeInfo.Name } : new JsonObject { ["component"] = component };
                body["firstTimestamp"] = Ids.Time(now);
                body["lastTimestamp"] = Ids.Time(now);
                body["count"] = 1;
                body["eventTime"] = null;
                body["reportingComponent"] = component;
                body["reportingInstance"] = component == "kubelet" ? NodeInfo.Name : "";
                store.Put(ApiResource.Events, body);
            }
            Keep(key, new(about.Namespace, name, now));
        }
    }

    /// <summary>An event in the newer form, as the scheduler writes it.</summary>
    public void RecordAction(StoredObject about, string type, string reason, string message, string component, string action)
    {
        lock (store.Gate)
        {
            if (store.Get(ApiResource.Namespaces, null, about.Namespace) is null or { Deleting: true }) return;
            var now = time.GetUtcNow();
            var key = $"{about.Uid}||{component}|{type}|{reason}|{message}";
            if (_names.TryGetValue(key, out var seen) && store.Get(ApiResource.Events, about.Namespace, seen) is not null) return;
            var name = $"{about.Name}.{++_sequence:x}";
            _names[key] = name;
            var body = Body(about, name, type, reason, message, null, now);
            body["source"] = new JsonObject();
            body["firstTimestamp"] = null;
            body["lastTimestamp"] = null;
            body["eventTime"] = Ids.MicroTime(now);
            body["action"] = action;
            body["reportingComponent"] = component;
            body["reportingInstance"] = $"{component}-{NodeInfo.Name}";
            store.Put(ApiResource.Events, body);
            Keep(key, new(about.Namespace, name, now));
        }
    }

    private static JsonObject Body(StoredObject about, string name, string type, string reason, string message, string? fieldPath, DateTimeOffset now)
    {
        var involved = new JsonObject
        {
            ["kind"] = about.Resource.Kind,
            ["namespace"] = about.Namespace,
            ["name"] = about.Name,
            ["uid"] = about.Uid,
            ["apiVersion"] = about.Resource.ApiVersion,
            ["resourceVersion"] = about.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        if (fieldPath is not null) involved["fieldPath"] = fieldPath;
        return new()
        {
            ["kind"] = "Event",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = about.Namespace, ["uid"] = Guid.NewGuid().ToString(), ["creationTimestamp"] = Ids.Time(now) },
            ["involvedObject"] = involved,
            ["reason"] = reason,
            ["message"] = message.Length > 1024 ? message[..1024] : message,
            ["type"] = type,
        };
    }

    /// <summary>Whether this is one too many of the same kind with ever new messages.</summary>
    private bool Combine(string group, string message, DateTimeOffset now)
    {
        if (!_similar.TryGetValue(group, out var similar) || now - similar.First > TimeSpan.FromMinutes(10))
        {
            if (_similar.Count > options.MaxEvents) _similar.Clear();
            _similar[group] = similar = (new(StringComparer.Ordinal), now);
        }
        if (similar.Messages.Contains(message)) return false;
        if (similar.Messages.Count >= SimilarLimit - 1) return true;
        similar.Messages.Add(message);
        return false;
    }

    private void Keep(string key, Note note)
    {
        if (_nodes.Remove(key, out var node)) _order.Remove(node);
        _nodes[key] = _order.AddLast((key, note));
        while (_order.First is { } first && (_order.Count > options.MaxEvents || note.Last - first.Value.Note.Last > TimeToLive))
        {
            _order.RemoveFirst();
            _nodes.Remove(first.Value.Key);
            _names.Remove(first.Value.Key);
            if (store.Get(ApiResource.Events, first.Value.Note.Namespace, first.Value.Note.Name) is { } old) store.Remove(old);
        }
    }
}
