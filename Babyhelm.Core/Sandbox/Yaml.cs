using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Babyhelm.Core.Sandbox;

/// <summary>Reads one YAML document, with the scalars of YAML's core schema, into a JSON tree.</summary>
/// <remarks>Bounded: 64 levels, 200,000 nodes including those that aliases repeat.</remarks>
internal sealed partial class Yaml
{
    private const int MaxDepth = 64;
    private const int MaxNodes = 200_000;

    private readonly IParser _parser;
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private int _nodes;

    private Yaml(IParser parser) => _parser = parser;

    /// <exception cref="FormatException">The text is no single YAML document, or is beyond a bound.</exception>
    public static JsonNode? Parse(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return null;
            parser.Consume<DocumentStart>();
            var node = new Yaml(parser).Value(0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw new FormatException("more than one YAML document");
            return node;
        }
        catch (YamlException e)
        {
            throw new FormatException($"yaml: line {e.Start.Line}: {e.Message}", e);
        }
    }

    private JsonNode? Value(int depth)
    {
        if (depth > MaxDepth) throw new FormatException("yaml: nested too deeply");
        if (++_nodes > MaxNodes) throw new FormatException("yaml: too many nodes");
        if (_parser.TryConsume<Scalar>(out var scalar)) return Keep(scalar.Anchor, Resolve(scalar));
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value, out var known)) throw new FormatException($"yaml: unknown anchor '{alias.Value}'");
            var copy = known?.DeepClone();
            _nodes += Count(copy);
            return copy;
        }
        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            var list = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _)) list.Add(Value(depth + 1));
            return Keep(sequence.Anchor, list);
        }
        var mapping = _parser.Consume<MappingStart>();
        var map = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            if (!map.TryAdd(key.Value, Value(depth + 1))) throw new FormatException($"yaml: line {key.Start.Line}: key \"{key.Value}\" already set in map");
        }
        return Keep(mapping.Anchor, map);
    }

    private JsonNode? Keep(AnchorName anchor, JsonNode? node)
    {
        if (!anchor.IsEmpty) _anchors[anchor] = node?.DeepClone();
        return node;
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(p => Count(p.Value)),
        JsonArray list => 1 + list.Sum(Count),
        _ => 1,
    };

    private static JsonNode? Resolve(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str" || scalar.Tag == "!") return JsonValue.Create(text);
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return null;
            case "true" or "True" or "TRUE": return JsonValue.Create(true);
            case "false" or "False" or "FALSE": return JsonValue.Create(false);
        }
        if (Whole().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l)) return JsonValue.Create(l);
        if (Real().IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d)) return JsonValue.Create(d);
        return JsonValue.Create(text);
    }

    [GeneratedRegex(@"^[-+]?[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Real();
}
