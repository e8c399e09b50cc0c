using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>A health check that asks the container itself over HTTP is made by Kubernetes; another command is run in the container as it is.</summary>
internal static partial class ComposeHealth
{
    [GeneratedRegex(@"http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(?<port>[0-9]{1,5}))?(?<path>/[!-~]*?)?(?=[\s""']|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    public static HealthSpec? Read(JsonObject? check, ComposeNotes notes)
    {
        if (check is null || ComposeConverter.Text(check["disable"]) == "true") return null;
        var test = check["test"] is JsonArray list ? string.Join(' ', list.Select(ComposeConverter.Text)) : ComposeConverter.Text(check["test"]) ?? "";
        if (check["test"] is null || test == "NONE") return null;
        var found = Address().Match(test);
        if (!found.Success)
        {
            if (Command(check["test"]) is not { Count: > 0 } command)
            {
                notes.NotTaken("healthcheck.test", "Give NONE, or CMD or CMD-SHELL with a command.");
                return null;
            }
            notes.Changed("healthcheck.test", "Kubernetes runs this command in the container, at times of its own.");
            return new HealthSpec(Command: command);
        }
        var path = found.Groups["path"].Value is { Length: > 0 } given ? given : "/";
        var port = int.TryParse(found.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 80;
        notes.Changed("healthcheck.test", $"Kubernetes asks {path} on port {port} itself, with times of its own.");
        return new HealthSpec(path, port);
    }

    /// <summary>A line, and what follows CMD-SHELL, is for the container's shell. Null for what is neither.</summary>
    private static List<string>? Command(JsonNode? test) => test switch
    {
        JsonArray list when list.All(w => w is JsonValue) && list.Select(w => ComposeConverter.Text(w)!).ToList() is var words => words switch
        {
            ["CMD", .. var given] => given,
            ["CMD-SHELL", var line] => ["/bin/sh", "-c", line],
            _ => null,
        },
        JsonValue line when ComposeConverter.Text(line) is { Length: > 0 } text => ["/bin/sh", "-c", text],
        _ => null,
    };
}
