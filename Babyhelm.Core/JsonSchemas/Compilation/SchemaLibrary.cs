using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>All documents that a schema is made of, and its resources by their addresses. Nothing is fetched.</summary>
internal sealed class SchemaLibrary
{
    private readonly Dictionary<string, SchemaResource> _resources = [];
    private readonly SchemaOptions _options;
    private readonly SchemaFaults _faults;
    private readonly SchemaIndex _index;
    private readonly bool _check;

    /// <param name="check">Holds each document against the metaschema.</param>
    public SchemaLibrary(SchemaOptions options, SchemaFaults faults, bool check)
    {
        (_options, _faults, _check) = (options, faults, check);
        _index = new SchemaIndex(this, faults);
    }

    public IReadOnlyCollection<SchemaResource> Resources => _resources.Values;

    /// <summary>Reads a document and finds the resources in it; null after a fault.</summary>
    public SchemaDocument? Add(ReadOnlyMemory<byte> utf8, string address, bool isMain, bool isBuiltIn = false)
    {
        if (JsonText.Read(utf8.ToArray(), _options.SchemaLimits, out var text) is { } fault)
        {
            _faults.Add(isMain ? "" : address, fault.Message);
            return null;
        }
        var document = new SchemaDocument(text!, address, isMain);
        if (!isBuiltIn && !Check(document, 0)) return null;
        _index.AddDocument(document, address);
        return document;
    }

    /// <summary>Holds a schema against the metaschema.</summary>
    public bool Check(SchemaDocument document, int at)
    {
        if (!_check) return true;
        var verdict = Metaschemas.Check(document.Text, at);
        foreach (var fault in verdict.Faults) _faults.Add($"{document.PointerTo(0)}{fault.Instance}", fault.Message);
        return verdict.IsValid;
    }

    public bool Register(string address, SchemaResource resource) => _resources.TryAdd(address, resource);

    /// <summary>A resource that is known or can be loaded from what is at hand.</summary>
    public SchemaResource? Find(string address)
    {
        if (_resources.TryGetValue(address, out var known)) return known;
        if (_options.Documents.TryGetValue(address, out var given)) Add(given, address, isMain: false);
        else if (Metaschemas.Find(address) is { } builtIn) Add(builtIn, address, isMain: false, isBuiltIn: true);
        return _resources.GetValueOrDefault(address);
    }

    /// <summary>Where a reference leads; null after a fault.</summary>
    /// <param name="keyword">Where the keyword that refers stands, for the fault.</param>
    public (SchemaResource Resource, int At, string Fragment)? Resolve(SchemaResource from, string reference, int keyword)
    {
        var (address, encoded) = UriReference.Resolve(from.Address, reference);
        if (Find(address) is not { } resource)
        {
            _faults.Add(from.Document.PointerTo(keyword), $"'{address}' is not at hand, and nothing is fetched: put the schema under $defs with this address as its $id.");
            return null;
        }
        var fragment = Uri.UnescapeDataString(encoded ?? "");
        if (fragment.Length == 0) return (resource, resource.Root, "");
        if (fragment[0] != '/')
        {
            if (resource.Anchors.TryGetValue(fragment, out var anchored)) return (resource, anchored, fragment);
            _faults.Add(from.Document.PointerTo(keyword), $"There is no $anchor '{fragment}' in {(address == from.Address ? "this schema" : $"'{address}'")}.");
            return null;
        }
        return Walk(resource, fragment, from.Document, keyword);
    }

    private (SchemaResource Resource, int At, string Fragment)? Walk(SchemaResource resource, string fragment, SchemaDocument from, int keyword)
    {
        var document = resource.Document;
        var at = resource.Root;
        foreach (var step in fragment[1..].Split('/'))
        {
            at = JsonPointer.Unescape(step) is { } name ? document.Child(at, name) : -1;
            if (at < 0)
            {
                _faults.Add(from.PointerTo(keyword), $"There is nothing at '#{fragment}'.");
                return null;
            }
            if (document.Schemas.TryGetValue(at, out var inner)) resource = inner;
        }
        if (document.Kind(at) is not (JsonKind.Object or JsonKind.True or JsonKind.False))
        {
            _faults.Add(from.PointerTo(keyword), $"What stands at '#{fragment}' is no schema, but {Quote.Of(document.Text, at)}.");
            return null;
        }
        if (document.Schemas.ContainsKey(at)) return (resource, at, fragment);
        // A place that no keyword makes a schema, such as one below an unknown keyword.
        if (!Check(document, at)) return null;
        _index.AddSchemas(document, at, resource);
        return document.Schemas.TryGetValue(at, out var found) ? (found, at, fragment) : null;
    }

    /// <summary>What a <c>$schema</c> makes keywords mean; null after a fault.</summary>
    /// <param name="pointer">Of <c>$schema</c>.</param>
    public Vocabularies? VocabulariesOf(string metaschema, string pointer)
    {
        var address = metaschema.EndsWith('#') ? metaschema[..^1] : metaschema;
        if (address == Metaschemas.Standard) return Vocabularies.Standard;
        if (address.StartsWith("http://json-schema.org/", StringComparison.Ordinal) || (address.StartsWith("https://json-schema.org/", StringComparison.Ordinal) && Metaschemas.Find(address) is null))
        {
            _faults.Add(pointer, $"'{metaschema}' is another draft of JSON Schema; write the schema for draft 2020-12 ('{Metaschemas.Standard}') or leave $schema out.");
            return null;
        }
        if (Find(address) is not { } resource)
        {
            _faults.Add(pointer, $"The metaschema '{metaschema}' is not at hand, and nothing is fetched: name '{Metaschemas.Standard}' or leave $schema out.");
            return null;
        }
        var at = resource.Document.Text.Member(resource.Root, "$vocabulary"u8);
        if (at < 0) return Vocabularies.Standard;
        var vocabularies = Vocabularies.Core;
        foreach (var (name, value) in resource.Document.Members(at))
        {
            var known = Vocabulary.Of(name);
            vocabularies |= known;
            if (known != 0 || resource.Document.Kind(value) != JsonKind.True) continue;
            _faults.Add(pointer, $"The metaschema needs the vocabulary '{name}', which is not known here.");
            return null;
        }
        return vocabularies;
    }
}
