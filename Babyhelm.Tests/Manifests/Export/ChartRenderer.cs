using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Manifests.Export;

/// <summary>
/// Renders a chart as Helm does, for exactly the constructs that the exported charts use; anything else is refused with an
/// exception, so that a template can't come to need more unnoticed.
/// </summary>
internal sealed partial class ChartRenderer
{
    private readonly Dictionary<string, List<Node>> _defined = [];
    private readonly JsonObject _root;

    private ChartRenderer(JsonObject root) => _root = root;

    /// <summary>The documents of every template but the notes, and the notes.</summary>
    public static (IReadOnlyList<JsonObject> Documents, string Notes) Render(IReadOnlyDictionary<string, string> files, string release, string ns, JsonObject? changes = null)
    {
        var chart = Yaml.Parse(files["Chart.yaml"]).Value.Single();
        var values = Yaml.Parse(files["values.yaml"]).Value.Single();
        foreach (var (name, value) in changes ?? []) values[name] = value?.DeepClone();
        var renderer = new ChartRenderer(new JsonObject
        {
            ["Values"] = values,
            ["Chart"] = new JsonObject { ["Name"] = chart["name"]!.DeepClone(), ["AppVersion"] = chart["appVersion"]!.DeepClone() },
            ["Release"] = new JsonObject { ["Name"] = release, ["Namespace"] = ns, ["Service"] = "Helm" },
        });
        var templates = files.Where(f => f.Key.StartsWith("templates/", StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => (f.Key, Nodes: renderer.Parse(f.Value))).ToList();
        var (documents, notes) = (new List<JsonObject>(), "");
        foreach (var (path, nodes) in templates)
        {
            var text = renderer.Run(nodes, new Scope(renderer._root, []));
            if (path.EndsWith(".txt", StringComparison.Ordinal)) notes = text;
            else if (path.EndsWith(".tpl", StringComparison.Ordinal)) Assert.Equal("", text.Trim());
            else
            {
                var parsed = Yaml.Parse(text);
                Assert.True(parsed.Error is null, $"{path}: {parsed.Error?.Message}\n{text}");
                documents.AddRange(parsed.Value);
            }
        }
        return (documents, notes);
    }

    private abstract record Node;

    private sealed record Text(string Value) : Node;

    private sealed record Output(List<List<string>> Pipeline) : Node;

    /// <param name="Variables">Names of key and value; empty without.</param>
    private sealed record Block(string Kind, List<List<string>> Pipeline, IReadOnlyList<string> Variables, List<Node> Body, List<Node> Otherwise) : Node;

    private sealed record Scope(JsonNode? Dot, Dictionary<string, JsonNode?> Variables);

    [GeneratedRegex(@"\{\{(-?)\s*(/\*.*?\*/|(?:""(?:[^""\\]|\\.)*""|[^""}])*?)\s*(-?)\}\}", RegexOptions.Singleline)]
    private static partial Regex Action();

    [GeneratedRegex(@"\G\s*(""(?:[^""\\]|\\.)*""|:=|[|(),]|[^\s|(),""]+)")]
    private static partial Regex Token();

    private List<Node> Parse(string source)
    {
        var stack = new Stack<(string Kind, List<List<string>> Pipeline, List<string> Variables, List<Node> Body, List<Node>? Otherwise)>();
        var nodes = new List<Node>();
        var (at, trimNext) = (0, false);
        void Literal(string text, bool trimEnd)
        {
            if (trimNext) text = text.TrimStart();
            if (trimEnd) text = text.TrimEnd();
            Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
            nodes.Add(new Text(text));
        }
        foreach (Match action in Action().Matches(source))
        {
            Literal(source[at..action.Index], action.Groups[1].Length > 0);
            (at, trimNext) = (action.Index + action.Length, action.Groups[3].Length > 0);
            var inner = action.Groups[2].Value;
            if (inner.StartsWith("/*", StringComparison.Ordinal)) continue;
            var tokens = Token().Matches(inner).Select(m => m.Groups[1].Value).ToList();
            Assert.Equal(inner.Replace(" ", "", StringComparison.Ordinal), string.Concat(tokens).Replace(" ", "", StringComparison.Ordinal));
            switch (tokens[0])
            {
                case "if" or "with" or "range" or "define":
                    var rest = tokens[1..];
                    var assigned = rest.IndexOf(":=");
                    var variables = assigned < 0 ? [] : rest[..assigned].Where(t => t != ",").ToList();
                    stack.Push((tokens[0], Pipeline(rest[(assigned + 1)..]), variables, nodes, null));
                    nodes = [];
                    break;
                case "else":
                    Assert.Single(tokens);
                    var open = stack.Pop();
                    stack.Push(open with { Otherwise = nodes });
                    nodes = [];
                    break;
                case "end":
                    var ended = stack.Pop();
                    var (body, otherwise) = ended.Otherwise is { } first ? (first, nodes) : (nodes, []);
                    nodes = ended.Body;
                    if (ended.Kind == "define") _defined.Add(Unquote(ended.Pipeline[0][0]), body);
                    else nodes.Add(new Block(ended.Kind, ended.Pipeline, ended.Variables, body, otherwise));
                    break;
                default:
                    nodes.Add(new Output(Pipeline(tokens)));
                    break;
            }
        }
        Literal(source[at..], false);
        Assert.Empty(stack);
        return nodes;
    }

    /// <summary>Commands apart by bars that stand in no parentheses.</summary>
    private static List<List<string>> Pipeline(IReadOnlyList<string> tokens)
    {
        var (commands, depth) = (new List<List<string>> { new() }, 0);
        foreach (var token in tokens)
        {
            depth += token == "(" ? 1 : token == ")" ? -1 : 0;
            if (token == "|" && depth == 0) commands.Add([]);
            else commands[^1].Add(token);
        }
        return commands;
    }

    private string Run(List<Node> nodes, Scope scope)
    {
        var text = new StringBuilder();
        foreach (var node in nodes)
            switch (node)
            {
                case Text literal: text.Append(literal.Value); break;
                case Output output: text.Append(Print(Value(output.Pipeline, scope))); break;
                case Block { Kind: "if" } block: text.Append(Run(IsTrue(Value(block.Pipeline, scope)) ? block.Body : block.Otherwise, scope)); break;
                case Block { Kind: "with" } block:
                    var given = Value(block.Pipeline, scope);
                    text.Append(IsTrue(given) ? Run(block.Body, scope with { Dot = given }) : Run(block.Otherwise, scope));
                    break;
                case Block { Kind: "range" } block: Range(block, scope, text); break;
                default: throw new NotSupportedException(node.ToString());
            }
        return text.ToString();
    }

    private void Range(Block block, Scope scope, StringBuilder text)
    {
        Assert.Empty(block.Otherwise);
        switch (Value(block.Pipeline, scope))
        {
            case null: break;
            case JsonArray items when block.Variables.Count == 0:
                foreach (var item in items) text.Append(Run(block.Body, scope with { Dot = item }));
                break;
            case JsonObject fields when block.Variables.Count == 2:
                foreach (var (name, value) in fields.OrderBy(f => f.Key, StringComparer.Ordinal))
                    text.Append(Run(block.Body, new Scope(value, new(scope.Variables) { [block.Variables[0]] = name, [block.Variables[1]] = value })));
                break;
            default: throw new NotSupportedException($"range {block}");
        }
    }

    private JsonNode? Value(List<List<string>> pipeline, Scope scope)
    {
        JsonNode? piped = null;
        for (var i = 0; i < pipeline.Count; i++) piped = Command(pipeline[i], scope, i == 0 ? [] : [piped]);
        return piped;
    }

    private JsonNode? Command(List<string> tokens, Scope scope, IReadOnlyList<JsonNode?> piped)
    {
        var arguments = new List<JsonNode?>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i == 0 && char.IsAsciiLetter(tokens[0][0])) continue;
            if (tokens[i] != "(") arguments.Add(Operand(tokens[i], scope));
            else
            {
                var close = tokens.IndexOf(")", i);
                Assert.DoesNotContain("(", tokens[(i + 1)..close]);
                arguments.Add(Value(Pipeline(tokens[(i + 1)..close]), scope));
                i = close;
            }
        }
        arguments.AddRange(piped);
        return char.IsAsciiLetter(tokens[0][0]) ? Call(tokens[0], arguments) : Assert.Single(arguments);
    }

    private JsonNode? Operand(string token, Scope scope)
    {
        if (token[0] == '"') return Unquote(token);
        if (int.TryParse(token, out var number)) return number;
        if (token == ".") return scope.Dot;
        if (token == "$") return _root;
        if (token[0] == '$') return scope.Variables[token];
        var from = token[0] == '.' ? scope.Dot : throw new NotSupportedException(token);
        foreach (var field in token[1..].Split('.')) from = from is JsonObject fields ? fields[field] : throw new InvalidOperationException($"{token}: {field} of nothing");
        return from;
    }

    private JsonNode? Call(string name, List<JsonNode?> a) => (name, a.Count) switch
    {
        ("include", 2) => Run(_defined[(string)a[0]!], new Scope(a[1], [])),
        ("quote", 1) => a[0] is null ? "" : Quoted(Print(a[0])),
        ("int", 1) => a[0]!.GetValue<long>(),
        ("default", 2) => IsTrue(a[1]) ? a[1] : a[0],
        ("trunc", 2) => Print(a[1])[..Math.Min((int)a[0]!, Print(a[1]).Length)],
        ("nindent", 2) => "\n" + string.Join('\n', Print(a[1]).Split('\n').Select(l => new string(' ', (int)a[0]!) + l)),
        ("toYaml", 1) => HasUnprintable(a[0]) ? "" : Yaml.Write(a[0]).TrimEnd('\n'),
        ("omit", 2) => new JsonObject(((JsonObject)a[0]!).Where(f => f.Key != (string)a[1]!).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))),
        ("toJson", 1) => a[0]!.ToJsonString(),
        ("sha256sum", 1) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Print(a[0])))),
        ("b64enc", 1) => Convert.ToBase64String(Encoding.UTF8.GetBytes((string)a[0]!)),
        ("not", 1) => !IsTrue(a[0]),
        ("and", 2) => IsTrue(a[0]) ? a[1] : a[0],
        ("or", 2) => IsTrue(a[0]) ? a[0] : a[1],
        _ => throw new NotSupportedException($"{name} with {a.Count} arguments"),
    };

    /// <summary>Helm reads JSON as YAML for toYaml; where that fails, for a character that YAML wants escaped and JSON does not, it prints nothing.</summary>
    private static bool HasUnprintable(JsonNode? value) => value switch
    {
        JsonObject fields => fields.Any(f => HasUnprintable(f.Key) || HasUnprintable(f.Value)),
        JsonArray items => items.Any(HasUnprintable),
        JsonValue text when text.GetValueKind() == JsonValueKind.String =>
            text.GetValue<string>().Any(c => c is (>= '\x7f' and <= '\x84') or (>= '\x86' and <= '\x9f') or '\ufeff' or '\ufffe' or '\uffff'),
        _ => false,
    };

    private static bool IsTrue(JsonNode? value) => value switch
    {
        null => false,
        JsonArray items => items.Count > 0,
        JsonObject fields => fields.Count > 0,
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.String => value.GetValue<string>().Length > 0,
            JsonValueKind.Number => value.ToJsonString() != "0",
            _ => false,
        },
    };

    private static string Print(JsonNode? value) => value switch
    {
        null => "",
        JsonArray or JsonObject => throw new NotSupportedException("A structure is printed."),
        _ when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    /// <summary>As Go quotes: what can't be printed is escaped.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
            quoted.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                >= ' ' and < 0x7f => rune.ToString(),
                <= 0xffff => $"\\u{rune.Value:x4}",
                _ => $"\\U{rune.Value:x8}",
            });
        return quoted.Append('"').ToString();
    }

    private static string Unquote(string token) => JsonSerializer.Deserialize<string>(token)!;
}
