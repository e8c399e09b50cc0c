using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>A health check that asks the container itself over HTTP becomes one of Kubernetes, which needs no program in the image; others stay commands.</summary>
internal static partial class ComposeHealth
{
    [GeneratedRegex(@"http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(?<port>[0-9]{1,5}))?(?<path>/[!-~]*?)?(?=[\s""']|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    public static HealthSpec? Read(JsonObject? check, ComposeNotes notes)
    {
        if (check is null || ComposeConverter.Text(check["disable"]) == "true") return null;
        var test = check["test"] is JsonArray list ? string.Join(' ', list.Select(ComposeConverter.Text)) : ComposeConverter.Text(check["test"]) ?? "";
        if (test is "" or "NONE") return null;
        var found = Address().Match(test);
        if (!found.Success)
        {
            notes.Changed("healthcheck.test", "It is run with times of Kubernetes' own.");
            return new HealthSpec(Command: check["test"] switch
            {
                JsonArray words when ComposeConverter.Text(words[0]) == "CMD" => [.. words.Skip(1).Select(w => ComposeConverter.Text(w) ?? "")],
                JsonArray words when ComposeConverter.Text(words[0]) == "CMD-SHELL" => ["/bin/sh", "-c", string.Join(' ', words.Skip(1).Select(ComposeConverter.Text))],
                _ => ["/bin/sh", "-c", test],
            });
        }
        var path = found.Groups["path"].Value is { Length: > 0 } given ? given : "/";
        var port = int.TryParse(found.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 80;
        notes.Changed("healthcheck.test", $"Kubernetes asks {path} on port {port} itself, with times of its own.");
        return new HealthSpec(path, port);
    }
}
