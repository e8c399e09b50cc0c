using System.Text.Json.Nodes;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary><c>ports</c> and <c>expose</c>. The port inside counts: other services know that one, and the outside gets a link.</summary>
internal static class ComposePorts
{
    public static (IReadOnlyList<PortSpec> Ports, bool Published) Read(JsonObject settings, ComposeNotes notes)
    {
        // In the order of the file; never more than there are ports.
        var ports = new OrderedDictionary<int, PortSpec>();
        var published = false;
        foreach (var item in Items(settings["ports"]))
        {
            if (Published(item, notes) is not { } port) continue;
            published = true;
            ports.TryAdd(port, new PortSpec(port));
        }
        if (published) notes.Changed("ports", "The link leads to the container's port; no port of a machine is opened.");
        foreach (var item in Items(settings["expose"]))
            if (Number(ComposeConverter.Text(item)) is { } port)
            {
                notes.Taken("expose");
                ports.TryAdd(port, new PortSpec(port));
            }
            else notes.NotTaken("expose", $"'{ComposeNotes.Show(ComposeConverter.Text(item))}': only single TCP ports are taken.");
        return ([.. ports.Values], published);
    }

    private static int? Published(JsonNode? item, ComposeNotes notes)
    {
        if (item is JsonObject port)
        {
            if (ComposeConverter.Text(port["protocol"]) is not (null or "tcp")) return Refused(notes, "only TCP ports are taken.", port["target"]);
            return Number(ComposeConverter.Text(port["target"])) ?? Refused(notes, "only single ports are taken.", port["target"]);
        }
        var text = ComposeConverter.Text(item) ?? "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && text[(slash + 1)..] != "tcp") return Refused(notes, "only TCP ports are taken.", item);
        var inner = (slash < 0 ? text : text[..slash]).Split(':')[^1];
        return Number(inner) ?? Refused(notes, "only single ports are taken, as 8080:80.", item);
    }

    private static int? Refused(ComposeNotes notes, string why, JsonNode? item)
    {
        notes.NotTaken("ports", $"'{ComposeNotes.Show(ComposeConverter.Text(item))}': {why}");
        return null;
    }

    private static IEnumerable<JsonNode?> Items(JsonNode? list) => list as JsonArray ?? [];

    private static int? Number(string? text) => int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port : null;
}
