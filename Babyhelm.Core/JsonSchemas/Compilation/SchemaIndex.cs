using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Walks through the places where keywords have schemas and takes down addresses and anchors.</summary>
internal sealed class SchemaIndex(SchemaLibrary library, SchemaFaults faults)
{
    private static readonly HashSet<string> OfOne =
        ["additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else", "unevaluatedItems", "unevaluatedProperties", "contentSchema"];

    private static readonly HashSet<string> OfMany = ["allOf", "anyOf", "oneOf", "prefixItems"];

    private static readonly HashSet<string> ByName = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"];

    public void AddDocument(SchemaDocument document, string address)
    {
        var whole = new SchemaResource(document, 0, address, Vocabularies.Standard);
        AddSchemas(document, 0, whole);
        // The document can be named by where it was found, and by what it calls itself.
        if (document.Schemas.TryGetValue(0, out var root)) library.Register(address, root);
    }

    /// <param name="enclosing">The resource around, which the schema belongs to unless it has an address of its own.</param>
    public void AddSchemas(SchemaDocument document, int start, SchemaResource enclosing)
    {
        var open = new Stack<(int At, SchemaResource Resource)>();
        open.Push((start, enclosing));
        while (open.TryPop(out var next))
        {
            var (at, resource) = next;
            if (document.Schemas.ContainsKey(at)) continue;
            if (document.Kind(at) == JsonKind.Object) resource = Identify(document, at, resource);
            document.Schemas[at] = resource;
            if (document.Kind(at) != JsonKind.Object) continue;
            foreach (var (name, value) in document.Members(at)) Descend(document, name, value, resource, open);
        }
    }

    private static void Descend(SchemaDocument document, string name, int value, SchemaResource resource, Stack<(int, SchemaResource)> open)
    {
        if (OfOne.Contains(name))
        {
            if (IsSchema(document, value)) open.Push((value, resource));
        }
        else if (OfMany.Contains(name) && document.Kind(value) == JsonKind.Array)
        {
            foreach (var item in document.Items(value))
                if (IsSchema(document, item)) open.Push((item, resource));
        }
        else if (ByName.Contains(name) && document.Kind(value) == JsonKind.Object)
        {
            foreach (var (_, member) in document.Members(value))
                if (IsSchema(document, member)) open.Push((member, resource));
        }
    }

    private static bool IsSchema(SchemaDocument document, int at) => document.Kind(at) is JsonKind.Object or JsonKind.True or JsonKind.False;

    /// <summary>The resource that a schema belongs to or begins, with its anchors taken down.</summary>
    private SchemaResource Identify(SchemaDocument document, int at, SchemaResource resource)
    {
        var text = document.Text;
        var isRoot = at == resource.Root && document == resource.Document;
        if (text.Member(at, "$id"u8) is var id and >= 0 && document.Kind(id) == JsonKind.String)
        {
            var (address, fragment) = UriReference.Resolve(resource.Address, document.String(id));
            if (!string.IsNullOrEmpty(fragment)) faults.Add(document.PointerTo(id), "A $id has no fragment; use $anchor for a name within the schema.");
            resource = new SchemaResource(document, at, address, resource.Vocabularies);
            isRoot = true;
            if (!library.Register(address, resource)) faults.Add(document.PointerTo(id), $"Two schemas have the address '{address}'.");
        }
        if (text.Member(at, "$schema"u8) is var named and >= 0 && document.Kind(named) == JsonKind.String && (isRoot || at == 0)
            && library.VocabulariesOf(document.String(named), document.PointerTo(named)) is { } vocabularies) resource.Vocabularies = vocabularies;
        Anchor(document, at, resource, "$anchor"u8, isDynamic: false);
        Anchor(document, at, resource, "$dynamicAnchor"u8, isDynamic: true);
        return resource;
    }

    private void Anchor(SchemaDocument document, int at, SchemaResource resource, ReadOnlySpan<byte> keyword, bool isDynamic)
    {
        if (document.Text.Member(at, keyword) is not (var value and >= 0) || document.Kind(value) != JsonKind.String) return;
        var name = document.String(value);
        if (isDynamic) resource.DynamicAnchors.Add(name);
        if (!resource.Anchors.TryAdd(name, at) && resource.Anchors[name] != at) faults.Add(document.PointerTo(value), $"Two schemas have the anchor '{name}'.");
    }
}
