using System.Collections.Frozen;

namespace Babyhelm.Core.Sandbox.Schema;

/// <summary>The fields of every record of the API, read from the embedded <c>kubernetes.schema</c>.</summary>
internal static class ObjectSchema
{
    private static readonly FrozenDictionary<string, (bool Atomic, FrozenDictionary<string, FieldType> Fields)> Records = Load();

    /// <summary>The type of a whole object, by its kind.</summary>
    public static FieldType Root(string kind) => Records.ContainsKey(kind) ? new(Shape.Record, kind) : FieldType.Anything;

    /// <summary>The type of a field of a record or map; null where the record has no such field.</summary>
    public static FieldType? Field(FieldType type, string name) => type.Shape switch
    {
        Shape.Record => Records[type.Record!].Fields.GetValueOrDefault(name),
        Shape.Map => type.Item,
        Shape.Any => FieldType.Anything,
        _ => null,
    };

    private static FrozenDictionary<string, (bool, FrozenDictionary<string, FieldType>)> Load()
    {
        using var stream = typeof(ObjectSchema).Assembly.GetManifestResourceStream("sandbox/kubernetes.schema")
            ?? throw new InvalidOperationException("The embedded schema is missing.");
        using var reader = new StreamReader(stream);
        var lines = new List<(string Name, bool Atomic, string Text)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var space = line.IndexOf(' ');
            var name = space < 0 ? line : line[..space];
            lines.Add((name.TrimStart('~'), name[0] == '~', space < 0 ? "" : line[(space + 1)..]));
        }
        var atomic = lines.Where(l => l.Atomic).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        return lines.ToFrozenDictionary(
            l => l.Name,
            l => (l.Atomic, l.Text.Split(" | ", StringSplitOptions.RemoveEmptyEntries)
                .Select(f => f.Split(':', 2))
                .ToFrozenDictionary(f => f[0], f => Parse(f[1], atomic), StringComparer.Ordinal)),
            StringComparer.Ordinal);
    }

    private static FieldType Parse(string text, HashSet<string> atomic)
    {
        if (text.EndsWith('!')) return Parse(text[..^1], atomic) with { RetainKeys = true };
        if (text[0] == '{') return new(Shape.Map, Item: Parse(text[1..^1], atomic));
        if (text[0] == '[') return ParseList(text[1..^1].Split(' '), atomic);
        return text switch
        {
            "s" => new(Shape.Text),
            "i" => new(Shape.Whole),
            "n" => new(Shape.Number),
            "b" => new(Shape.Flag),
            "q" => new(Shape.Quantity),
            "x" => FieldType.Anything,
            _ => new(Shape.Record, text, Atomic: atomic.Contains(text)),
        };
    }

    private static FieldType ParseList(string[] parts, HashSet<string> atomic)
    {
        var item = Parse(parts[0], atomic);
        var retain = parts[^1] == "!";
        if (parts.Length - (retain ? 1 : 0) == 1) return new(Shape.AtomicList, Item: item, Atomic: true);
        if (parts[1] == "=") return new(Shape.Set, Item: item, MergeKey: "");
        var keys = parts[1].Split(';');
        var names = keys[0].Split(',');
        return new(Shape.KeyedList, Item: item with { Atomic = false }, Keys: names, MergeKey: keys.Length > 1 ? keys[1] : names[0], RetainKeys: retain);
    }
}
