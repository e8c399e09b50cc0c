using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>One immutable state of an object: its JSON as bytes, and beside it what is asked for often.</summary>
internal sealed class StoredObject
{
    private StoredObject(ApiResource resource, JsonObject body, long version)
    {
        var meta = body.Make("metadata");
        meta["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Resource = resource;
        Version = version;
        Name = meta.Str("name") ?? "";
        Namespace = meta.Str("namespace") ?? "";
        Uid = meta.Str("uid") ?? "";
        Labels = Json.Strings(meta["labels"]);
        Owners = [.. meta.Items("ownerReferences").Select(o => o.Str("uid") ?? "")];
        ControllerUid = meta.Items("ownerReferences").FirstOrDefault(o => o.Bool("controller") == true).Str("uid");
        Deleting = meta["deletionTimestamp"] is not null;
        if (resource == ApiResource.Services && body.Map("spec", "selector") is { Count: > 0 } selector) PodSelector = LabelSelector.OfMap(selector);
        Bytes = Json.Bytes(body);
    }

    public ApiResource Resource { get; }
    public string Namespace { get; }
    public string Name { get; }
    public string Uid { get; }
    public long Version { get; }
    public IReadOnlyDictionary<string, string> Labels { get; }
    public IReadOnlyList<string> Owners { get; }

    /// <summary>Uid of the owner that controls the object, or null.</summary>
    public string? ControllerUid { get; }

    public bool Deleting { get; }

    /// <summary>The pods that a service selects; null for one that selects none, and for other types.</summary>
    public LabelSelector? PodSelector { get; }

    /// <summary>The object as UTF-8 JSON with its resource version; never changed.</summary>
    public byte[] Bytes { get; }

    /// <summary>Order of names within a kind, as lists are sorted and continued.</summary>
    public string SortKey => $"{Namespace}/{Name}";

    public static StoredObject Make(ApiResource resource, JsonObject body, long version) => new(resource, body, version);

    /// <summary>A tree of its own for the caller, who may change it.</summary>
    public JsonObject Read() => Json.ParseObject(Bytes);
}

internal enum ChangeType { Added, Modified, Deleted }

/// <summary>One change, at the version of <see cref="Object"/>.</summary>
/// <param name="Previous">The state before, null for a new object.</param>
internal sealed record Change(ChangeType Type, StoredObject Object, StoredObject? Previous);
