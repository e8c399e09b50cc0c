using Babyhelm.Core.Common;
using Babyhelm.Core.JsonSchemas.Keywords;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Makes rules of a schema. Loops stand in for recursion, so that no schema uses up the stack.</summary>
internal sealed class SchemaCompiler
{
    // An address that no schema has, for relative ones to be resolved against.
    private const string BaseAddress = "schema:///";

    private readonly SchemaFaults _faults = new();
    private readonly SchemaLibrary _library;
    private readonly KeywordBuilder _builder;
    private readonly Dictionary<(SchemaDocument, int), SchemaNode> _nodes = [];
    private readonly Queue<SchemaNode> _unfilled = new();

    private SchemaCompiler(SchemaOptions options, bool check)
    {
        _library = new SchemaLibrary(options, _faults, check);
        _builder = new KeywordBuilder(options, _faults, _library, NodeAt);
    }

    public static Result<CompiledSchema> Compile(ReadOnlyMemory<byte> utf8, SchemaOptions options) => new SchemaCompiler(options, check: true).Run(utf8, options);

    /// <summary>For metaschemas, which nothing is there to hold against.</summary>
    public static Result<CompiledSchema> CompileUnchecked(ReadOnlyMemory<byte> utf8, SchemaOptions options) => new SchemaCompiler(options, check: false).Run(utf8, options);

    private Result<CompiledSchema> Run(ReadOnlyMemory<byte> utf8, SchemaOptions options)
    {
        if (_library.Add(utf8, BaseAddress, isMain: true) is not { } document || _faults.Any) return _faults.ToError();
        var root = NodeAt(document.Schemas[0], 0);
        FillAll();
        if (_builder.HasDynamicReferences) AddDynamicAnchors();
        if (!_faults.Any) EndlessReferences.Find(_nodes.Values, _faults);
        if (_faults.Any) return _faults.ToError();
        return new CompiledSchema(root, options, _builder.HasDynamicReferences);
    }

    private SchemaNode NodeAt(SchemaResource resource, int at)
    {
        if (_nodes.TryGetValue((resource.Document, at), out var node)) return node;
        node = new SchemaNode(resource, at);
        _nodes.Add((resource.Document, at), node);
        _unfilled.Enqueue(node);
        return node;
    }

    private void FillAll()
    {
        while (_unfilled.TryDequeue(out var node)) node.Fill(_builder.Build(node));
    }

    /// <summary>What a dynamic reference may find at run time; compiling that may bring further resources.</summary>
    private void AddDynamicAnchors()
    {
        int known;
        do
        {
            known = _library.Resources.Count;
            foreach (var resource in _library.Resources.ToList())
                foreach (var anchor in resource.DynamicAnchors) resource.DynamicNodes.TryAdd(anchor, NodeAt(resource, resource.Anchors[anchor]));
            FillAll();
        }
        while (_library.Resources.Count > known);
    }
}
