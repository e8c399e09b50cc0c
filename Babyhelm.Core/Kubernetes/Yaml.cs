using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using YamlDotNet.Core;

namespace Babyhelm.Core.Kubernetes;

/// <summary>YAML as Kubernetes tools read it, to JSON and back. Bounded in size, depth, nodes and alias expansion.</summary>
public static class Yaml
{
    /// <summary>Longest accepted text, in characters; the API server takes 3 MiB at most.</summary>
    public const int MaxLength = 3 * 1024 * 1024;

    /// <summary>Deepest accepted nesting.</summary>
    public const int MaxDepth = 60;

    /// <summary>
    /// The documents of a stream, empty ones left out. Plain scalars get the type that kubectl gives them (so <c>yes</c> is
    /// true and <c>0644</c> is 420); duplicate keys, tags but <c>!!str</c>, merge keys and documents that are not mappings
    /// are refused.
    /// </summary>
    /// <param name="merges">Take merge keys (<c>&lt;&lt;</c>), as other tools' files have them; what stands beside one wins.</param>
    public static Result<IReadOnlyList<JsonObject>> Parse(string text, bool merges = false)
    {
        if (text.Length > MaxLength)
            return new YamlError(1, 1, $"the text has {text.Length} characters, more than the {MaxLength} that are accepted");
        try
        {
            return new YamlReader(text, merges).ReadAll();
        }
        catch (YamlException e)
        {
            // The library's faults run from the construct's start to the problem; it counts the end of the text as a line of its own.
            var lines = text.AsSpan().Count('\n') + 1;
            return new YamlError((int)Math.Min(e.End.Line, lines), (int)e.End.Column, e.Message);
        }
    }

    /// <summary>One document in block style, ending with a line feed. Strings that any YAML version could take for
    /// something else are quoted.</summary>
    public static string Write(JsonNode? document)
    {
        var text = new StringBuilder();
        new YamlWriter(text).Write(document);
        return text.ToString();
    }

    /// <summary>Several documents with <c>---</c> between them.</summary>
    public static string Write(IEnumerable<JsonNode?> documents) => string.Join("---\n", documents.Select(Write));
}

/// <summary>Text that is not acceptable YAML.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record YamlError(int Line, int Column, string Problem)
    : Error("yaml", $"Line {Line}, column {Column}: {Problem.TrimEnd('.')}.");
