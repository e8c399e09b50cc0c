using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Builds JSON from the parser's events. Every fault is a <see cref="YamlException"/> with its place.</summary>
internal sealed class YamlReader
{
    private const int MaxNodes = 200_000;

    /// <summary>Characters and nodes that aliases may add to the text in all.</summary>
    private const int MaxExpansion = 1024 * 1024;

    private readonly IParser _parser;
    private readonly Dictionary<AnchorName, Subtree> _anchors = [];
    private long _expanded;
    private int _nodes;

    private readonly bool _merges;

    /// <param name="merges">See <see cref="Yaml.Parse"/>.</param>
    internal YamlReader(string text, bool merges = false) => (_merges, _parser) = (merges, new GuardedParser(new Scanner(new StringReader(text.StartsWith('\uFEFF') ? text[1..] : text))));

    /// <summary>The library throws other exceptions than its own on some broken scalars.</summary>
    private sealed class GuardedParser(Scanner scanner) : IParser
    {
        private readonly Parser _inner = new(scanner);

        public ParsingEvent? Current => _inner.Current;

        public bool MoveNext()
        {
            try
            {
                return _inner.MoveNext();
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException or OverflowException or FormatException)
            {
                throw new YamlException(scanner.CurrentPosition, scanner.CurrentPosition, "this is no YAML value");
            }
        }
    }

    /// <param name="Weight">Characters and nodes within.</param>
    /// <param name="Height">Levels of nesting within.</param>
    private readonly record struct Subtree(JsonNode? Node, long Weight, int Height);

    internal List<JsonObject> ReadAll()
    {
        var documents = new List<JsonObject>();
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            var start = _parser.Consume<DocumentStart>();
            _anchors.Clear();
            switch (Read(depth: 1).Node)
            {
                case JsonObject document: documents.Add(document); break;
                case null: break;
                default: throw Fault(start, "a document must be a mapping of keys to values");
            }
            _parser.Consume<DocumentEnd>();
        }
        return documents;
    }

    private Subtree Read(int depth)
    {
        var next = _parser.Consume<ParsingEvent>();
        if (++_nodes > MaxNodes) throw Fault(next, $"there are more than {MaxNodes} values");
        if (next is AnchorAlias alias) return Expand(alias, depth);
        if (depth > Yaml.MaxDepth) throw Fault(next, $"values are nested more than {Yaml.MaxDepth} deep");
        var tree = next switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart start => ReadSequence(start, depth),
            MappingStart start => ReadMapping(start, depth),
            _ => throw Fault(next, $"unexpected {next}"),
        };
        if (next is NodeEvent { Anchor.IsEmpty: false } anchored) _anchors[anchored.Anchor] = tree;
        return tree;
    }

    private static Subtree ReadScalar(Scalar scalar)
    {
        var text = scalar.Value;
        var isString = scalar.Style != ScalarStyle.Plain;
        if (!scalar.Tag.IsEmpty)
        {
            if (!scalar.Tag.IsNonSpecific && scalar.Tag.Value != "tag:yaml.org,2002:str") throw RefusedTag(scalar, scalar.Tag);
            isString = true;
        }
        if (isString) return new(JsonValue.Create(text), text.Length + 1, 0);
        if (!YamlScalars.TryResolve(text, out var value)) throw Fault(scalar, $"'{text}' is not a number that JSON can hold");
        return new(value, text.Length + 1, 0);
    }

    private Subtree ReadSequence(SequenceStart start, int depth)
    {
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific) throw RefusedTag(start, start.Tag);
        var (items, weight, height) = (new JsonArray(), 1L, 0);
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            var item = Read(depth + 1);
            items.Add(item.Node);
            (weight, height) = (weight + item.Weight, Math.Max(height, item.Height));
        }
        return new(items, weight, height + 1);
    }

    private Subtree ReadMapping(MappingStart start, int depth)
    {
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific) throw RefusedTag(start, start.Tag);
        var (fields, weight, height) = (new JsonObject(), 1L, 0);
        var merged = new List<JsonObject>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key)) throw Fault(_parser.Current, "a key must be a plain word or a quoted text");
            if (key.Value == "<<" && key.Style == ScalarStyle.Plain)
            {
                if (!_merges) throw Fault(key, "merge keys (<<) are not accepted");
                var source = Read(depth + 1);
                merged.AddRange(source.Node switch
                {
                    JsonObject one => [one],
                    JsonArray several when several.All(s => s is JsonObject) => several.Select(s => (JsonObject)s!),
                    _ => throw Fault(key, "a merge key (<<) takes a mapping or a list of them"),
                });
                (weight, height) = (weight + source.Weight, Math.Max(height, source.Height));
                continue;
            }
            if (fields.ContainsKey(key.Value)) throw Fault(key, $"the key '{Short(key.Value)}' is there twice");
            var value = Read(depth + 1);
            fields.Add(key.Value, value.Node);
            (weight, height) = (weight + key.Value.Length + value.Weight, Math.Max(height, value.Height));
        }
        foreach (var (name, value) in merged.SelectMany(m => m))
            if (!fields.ContainsKey(name)) fields.Add(name, value?.DeepClone());
        return new(fields, weight, height + 1);
    }

    private Subtree Expand(AnchorAlias alias, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value, out var tree)) throw Fault(alias, $"the alias *{Short(alias.Value.Value)} has no anchor before it");
        if ((_expanded += tree.Weight) > MaxExpansion) throw Fault(alias, "aliases expand to too much");
        if (depth + tree.Height > Yaml.MaxDepth) throw Fault(alias, $"values are nested more than {Yaml.MaxDepth} deep");
        return tree with { Node = tree.Node?.DeepClone() };
    }

    private static YamlException RefusedTag(ParsingEvent at, TagName tag) => Fault(at, $"the tag {Short(tag.Value)} is not accepted");

    private static YamlException Fault(ParsingEvent? at, string problem) => new(at?.Start ?? Mark.Empty, at?.Start ?? Mark.Empty, problem);

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
