using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Babyhelm.Core.Manifests;

/// <summary>
/// One YAML document to JSON, for what templates have rendered. Takes the part of YAML that means the same to every
/// parser: no anchors, aliases or tags, no second document, no key twice, no plain word that some read as a boolean.
/// </summary>
internal static class ManifestYaml
{
    private const int MaxDepth = 50;

    /// <summary>The document as an object, or an <see cref="Invalid"/> on <paramref name="field"/> with line and column.</summary>
    public static Result<JsonObject> Parse(string yaml, string field)
    {
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            var root = Node(parser, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.TryConsume<StreamEnd>(out _)) return new Invalid(field, "There is more than one document.");
            return root is JsonObject document ? document : new Invalid(field, "The document is not an object.");
        }
        catch (YamlException e)
        {
            return new Invalid(field, $"Line {e.Start.Line}, column {e.Start.Column}: {e.Message}");
        }
    }

    private static JsonNode? Node(Parser parser, int depth)
    {
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias) throw Refused(parser, "anchors and aliases are not taken.");
        if (parser.Current is NodeEvent { Tag.IsEmpty: false }) throw Refused(parser, "tags are not taken.");
        if (depth > MaxDepth) throw Refused(parser, "the document is nested too deep.");

        if (parser.TryConsume<Scalar>(out var scalar)) return Value(scalar);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(Node(parser, depth + 1));
            return list;
        }

        parser.Consume<MappingStart>();
        var map = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Current is not Scalar { Anchor.IsEmpty: true, Tag.IsEmpty: true } key) throw Refused(parser, "a key is not a plain text.");
            parser.Consume<Scalar>();
            if (map.ContainsKey(key.Value)) throw new YamlException(key.Start, key.End, $"the key '{key.Value}' stands twice.");
            map[key.Value] = Node(parser, depth + 1);
        }
        return map;
    }

    private static JsonValue? Value(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain) return JsonValue.Create(text);
        switch (text)
        {
            case "" or "null" or "~": return null;
            case "true": return JsonValue.Create(true);
            case "false": return JsonValue.Create(false);
        }
        if (text.Length < 19 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number.ToString(CultureInfo.InvariantCulture) == text) return (JsonValue)JsonNode.Parse(text)!;
        return PlainText.IsSafe(text)
            ? JsonValue.Create(text)
            : throw new YamlException(scalar.Start, scalar.End, $"'{text}' needs quotes: not every reader takes it for text.");
    }

    private static YamlException Refused(Parser parser, string why)
    {
        var at = parser.Current ?? throw new YamlException(why);
        return new YamlException(at.Start, at.End, why);
    }
}

/// <summary>Words that stand for themselves in YAML without quotes.</summary>
internal static class PlainText
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    };

    /// <summary>Starts with a letter or '/', goes on with letters, digits and <c>. _ / - :</c>, and no reader takes it for anything else.</summary>
    public static bool IsSafe(string text)
    {
        if (text.Length == 0 || Reserved.Contains(text)) return false;
        if (!char.IsAsciiLetter(text[0]) && text[0] != '/') return IsNetwork(text);
        return text[^1] != ':' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-' or ':');
    }

    /// <summary>IPv4 networks: digits with more than one dot and a slash are no number to anybody.</summary>
    private static bool IsNetwork(string text) => text.Contains('/') && text.Count(c => c == '.') == 3 && text.All(c => char.IsAsciiDigit(c) || c is '.' or '/');
}
