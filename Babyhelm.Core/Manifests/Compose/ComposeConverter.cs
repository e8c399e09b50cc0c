using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>Turns one service into an app spec and notes every key on the way.</summary>
/// <param name="volumes">Named volumes of the file, or null.</param>
/// <param name="names">Names of applications that are taken.</param>
internal sealed partial class ComposeConverter(string service, JsonObject? settings, JsonObject? volumes, HashSet<string> names, ComposeNotes notes)
{
    /// <summary>Speak no HTTP: a link to them would answer nothing.</summary>
    private static readonly HashSet<string> NoWeb = ["mysql", "mariadb", "postgres", "redis", "valkey", "memcached", "mongo", "rabbitmq", "nats"];

    [GeneratedRegex("(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    public ComposeApplication Convert()
    {
        if (settings is null)
        {
            notes.NotTaken("", "The service has no settings.");
            return new ComposeApplication(service, null, []);
        }
        var image = Text(settings["image"]);
        ComposeUnused.Note(settings, image is not null, notes);
        if (string.IsNullOrEmpty(image))
        {
            if (settings["build"] is null) notes.NotTaken("image", "Babyhelm runs images from a registry: name one.");
            return new ComposeApplication(service, null, []);
        }
        notes.Taken("image");
        var name = Name();
        var known = ImageReference.Parse(image).Error is null ? ImageReference.Parse(image).Value.ShortName : "";
        var (ports, published) = ComposePorts.Read(settings, notes);
        var web = published && !NoWeb.Contains(known);
        if (published && !web) notes.Changed("ports", $"{known} speaks no HTTP: it is reached by the other applications of the project as {name}, and gets no link.");
        if (ports.Count == 0 && WellKnownImages.Knows(known))
        {
            ports = [new PortSpec(WellKnownImages.Port(known))];
            notes.Changed("ports", $"Port {ports[0].Port} of {known} is opened to the other applications of the project, which reach each other by declared ports only.");
        }
        else if (ports.Count == 0) notes.Changed("ports", "It declares no port, so that nothing else can connect to it. Add one in its settings where that is needed.");
        var stored = ComposeVolumes.Read(settings, volumes, notes);
        var spec = new AppSpec
        {
            Name = name,
            Kind = web ? AppKind.Web : AppKind.Worker,
            Image = image,
            Ports = ports,
            Env = Env(),
            Replicas = Replicas(stored.Count > 0),
            Resources = ComposeResources.Read(settings, notes),
            Health = ComposeHealth.Read(settings["healthcheck"] as JsonObject, notes),
            Command = Words("entrypoint", "the container's command"),
            Args = Words("command", "its arguments"),
            Expose = new ExposeSpec { Type = web ? ExposeType.Gateway : ExposeType.None },
            Volumes = stored,
            ShutdownSeconds = Shutdown(),
        };
        return AppSpecValidator.Validate(spec).Failed(out var error, out var valid)
            ? new ComposeApplication(service, spec, error is Invalid invalid ? invalid.Faults : [new Fault("", error.Message)])
            : new ComposeApplication(service, valid, []);
    }

    private string Name()
    {
        var proposed = Slug.Propose(service) ?? "app";
        var name = proposed;
        for (var i = 2; !names.Add(name); i++) name = $"{proposed[..Math.Min(proposed.Length, Slug.MaxLength - 3)].TrimEnd('-')}-{i}";
        if (name != service) notes.Changed("name", $"It is called {name}, and the others reach it by that name.");
        return name;
    }

    private List<EnvSpec> Env()
    {
        var env = new OrderedDictionary<string, EnvSpec>(StringComparer.Ordinal);
        if (settings!["environment"] is not { } given) return [];
        IEnumerable<(string Name, JsonNode? Value)> pairs = given switch
        {
            JsonObject map => map.Select(m => (m.Key, m.Value)),
            JsonArray list => list.Select(i => Text(i) ?? "").Select(t => t.IndexOf('=', StringComparison.Ordinal) is var at and >= 0 ? (t[..at], (JsonNode?)t[(at + 1)..]) : (t, null)),
            _ => [],
        };
        if (given is not (JsonObject or JsonArray)) notes.NotTaken("environment", "Variables are a list or a mapping.");
        var (secret, missing) = (new List<string>(), new List<string>());
        foreach (var (name, value) in pairs)
        {
            if (Text(value) is not { } text)
            {
                missing.Add(ComposeNotes.Show(name));
                continue;
            }
            // Later ones win, as in Compose.
            var isSecret = SecretName().IsMatch(name);
            if (isSecret && !env.ContainsKey(name)) secret.Add(ComposeNotes.Show(name));
            env[name] = new EnvSpec(name, text, isSecret);
        }
        if (env.Count > 0) notes.Taken("environment");
        if (secret.Count > 0) notes.Changed("environment", $"Kept as secrets, because of their names: {Join(secret)}.");
        if (missing.Count > 0) notes.NotTaken("environment", $"Without a value, as they would come from the shell: {Join(missing)}.");
        return [.. env.Values];
    }

    private int Replicas(bool hasVolumes)
    {
        var deployed = At(settings, "deploy", "replicas");
        var (key, node) = deployed is null ? ("scale", settings!["scale"]) : ("deploy.replicas", deployed);
        if (node is null) return 1;
        if (!int.TryParse(Text(node), out var replicas))
        {
            notes.NotTaken(key, "This is no number.");
            return 1;
        }
        if (hasVolumes && replicas > 1)
        {
            notes.Changed(key, "One replica: a volume is mounted by one at a time.");
            return 1;
        }
        notes.Taken(key);
        return replicas;
    }

    private int Shutdown()
    {
        const int Standard = 30, Most = 3600;
        if (settings!["stop_grace_period"] is not { } node) return Standard;
        if (ComposeDuration.Seconds(Text(node)) is not { } seconds)
        {
            notes.NotTaken("stop_grace_period", $"This is no time, as 1m30s. It has {Standard} seconds to end.");
            return Standard;
        }
        var taken = (int)Math.Clamp(Math.Ceiling(seconds), 1, Most);
        if (taken == seconds) notes.Taken("stop_grace_period");
        else notes.Changed("stop_grace_period", $"It has {taken} seconds to end: whole seconds from 1 to {Most} are taken.");
        return taken;
    }

    /// <summary>A list, or a line that is taken apart as Compose does it, without a shell.</summary>
    private IReadOnlyList<string> Words(string key, string what)
    {
        switch (settings![key])
        {
            case null: return [];
            case JsonArray list:
                notes.Taken(key);
                return [.. list.Select(w => Text(w) ?? "")];
            case JsonValue line when Text(line) is { } text:
                notes.Taken(key);
                return CommandLine.Split(text);
            default:
                notes.NotTaken(key, $"Give {what} as a line or a list.");
                return [];
        }
    }

    /// <summary>A scalar as text, as Compose passes it on; null for none, and for structures.</summary>
    internal static string? Text(JsonNode? node) => node is not JsonValue value ? null : value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToJsonString(),
    };

    /// <summary>What stands there; null as well where something else than mappings is on the way.</summary>
    internal static JsonNode? At(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path) node = (node as JsonObject)?[key];
        return node;
    }

    private static string Join(List<string> names) => names.Count <= 20 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(20))} and {names.Count - 20} more";
}
