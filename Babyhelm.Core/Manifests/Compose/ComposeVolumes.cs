using System.Text.Json.Nodes;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>Named volumes; what lies on the machine, and what is only in memory, is not taken.</summary>
internal static class ComposeVolumes
{
    private const string Size = "1Gi";

    /// <summary>More are not looked at; an application has fewer, but those on the machine stand among them.</summary>
    private const int MaxItems = 200;

    /// <param name="declared">Named volumes of the file, or null.</param>
    public static IReadOnlyList<VolumeSpec> Read(JsonObject settings, JsonObject? declared, ComposeNotes notes)
    {
        var volumes = new List<VolumeSpec>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var items = settings["volumes"] as JsonArray ?? [];
        if (items.Count > MaxItems) notes.NotTaken("volumes", $"At most {MaxItems} entries are looked at; these are {items.Count}.");
        foreach (var item in items.Take(MaxItems))
        {
            var (type, source, target, readOnly) = Mount(item);
            var key = $"volumes ({ComposeNotes.Show(target ?? ComposeConverter.Text(item))})";
            if (type is "bind") notes.NotTaken(key, $"{ComposeNotes.Show(source)} lies on the machine that runs Compose. Put the files into the image, or into a volume.");
            else if (type is not "volume") notes.NotTaken(key, $"Mounts of the type {ComposeNotes.Show(type)} are not taken.");
            else if (string.IsNullOrEmpty(source)) notes.NotTaken(key, "A volume without a name lasts no longer than a container here. Give it a name to keep it.");
            else if (string.IsNullOrEmpty(target)) notes.NotTaken(key, "The path in the container is missing.");
            else
            {
                var name = Unique(names, Slug.Propose(source) ?? "data");
                volumes.Add(new VolumeSpec(name, target, Size));
                var external = declared?[source] is JsonObject { Count: > 0 } options && ComposeConverter.Text(options["external"]) is not (null or "false");
                notes.Changed(key, $"A new volume {name} of {Size}{(external ? "; the external one is left where it is" : "")}. Its data is not brought along, and services don't share it.{(readOnly ? " It can be written to." : "")}");
            }
        }
        return volumes;
    }

    private static (string? Type, string? Source, string? Target, bool ReadOnly) Mount(JsonNode? item)
    {
        if (item is JsonObject mount)
            return (ComposeConverter.Text(mount["type"]) ?? "volume", ComposeConverter.Text(mount["source"]) ?? ComposeConverter.Text(mount["src"]), ComposeConverter.Text(mount["target"]) ?? ComposeConverter.Text(mount["dst"]), ComposeConverter.Text(mount["read_only"]) == "true");
        var text = ComposeConverter.Text(item) ?? "";
        // A Windows path has a colon of its own; it is on the machine all the same.
        if (text.Length > 2 && char.IsAsciiLetter(text[0]) && text[1] == ':' && text[2] is '\\' or '/') return ("bind", text, null, false);
        var parts = text.Split(':');
        if (parts.Length == 1) return ("volume", null, parts[0], false);
        var type = parts[0].StartsWith('.') || parts[0].StartsWith('/') || parts[0].StartsWith('~') || parts[0].Contains('/') ? "bind" : "volume";
        return (type, parts[0], parts[1], parts.Length > 2 && parts[2].Split(',').Contains("ro"));
    }

    private static string Unique(HashSet<string> names, string proposed)
    {
        var name = proposed;
        for (var i = 2; !names.Add(name); i++) name = $"{proposed[..Math.Min(proposed.Length, Slug.MaxLength - 3)].TrimEnd('-')}-{i}";
        return name;
    }
}
