using System.Text;
using Babyhelm.Core.JsonSchemas.Keywords;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>One JSON document with schemas in it.</summary>
/// <param name="address">Absolute, without fragment; what pointers to its keywords begin with, but for the schema that is compiled.</param>
internal sealed class SchemaDocument(JsonText text, string address, bool isMain)
{
    public JsonText Text => text;

    // Objects of many members that pointers lead through, $defs most of all.
    private readonly Dictionary<int, Dictionary<string, int>> _members = [];

    /// <summary>Where schemas stand, and the resource that each belongs to.</summary>
    public Dictionary<int, SchemaResource> Schemas { get; } = [];

    public string PointerTo(int at) => $"{(isMain ? "" : address)}#{JsonPointer.To(text, at)}";

    public JsonKind Kind(int at) => text.Tokens[at].Kind;

    public string String(int at) => Encoding.UTF8.GetString(text.TextOf(at));

    /// <summary>A member's value or an array's item, by a step of a pointer; -1 where there is none.</summary>
    public int Child(int at, string step)
    {
        if (Kind(at) == JsonKind.Object)
        {
            if (!_members.TryGetValue(at, out var members)) _members[at] = members = Members(at).ToDictionary(m => m.Name, m => m.Value);
            return members.GetValueOrDefault(step, -1);
        }
        if (Kind(at) != JsonKind.Array || step.Length is 0 or > 9 || !step.All(char.IsAsciiDigit) || (step.Length > 1 && step[0] == '0')) return -1;
        var items = Items(at).Skip(int.Parse(step)).Take(1).ToList();
        return items.Count == 0 ? -1 : items[0];
    }

    public IEnumerable<int> Items(int at)
    {
        var end = text.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = text.After(i)) yield return i;
    }

    /// <summary>Names and where their values stand.</summary>
    public IEnumerable<(string Name, int Value)> Members(int at)
    {
        var end = text.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = text.After(i + 1)) yield return (String(i), i + 1);
    }
}

/// <summary>A schema with an address of its own (<c>$id</c>), or a whole document.</summary>
internal sealed class SchemaResource(SchemaDocument document, int root, string address, Vocabularies vocabularies)
{
    public SchemaDocument Document => document;

    public int Root => root;

    public string Address => address;

    public Vocabularies Vocabularies { get; set; } = vocabularies;

    /// <summary>Of <c>$anchor</c> and <c>$dynamicAnchor</c>.</summary>
    public Dictionary<string, int> Anchors { get; } = [];

    public HashSet<string> DynamicAnchors { get; } = [];

    /// <summary>What <c>$dynamicRef</c> finds while this resource is on the way; filled once all is compiled.</summary>
    public Dictionary<string, SchemaNode> DynamicNodes { get; } = [];
}
