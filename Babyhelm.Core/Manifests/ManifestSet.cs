using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests;

/// <summary>Which object a manifest is about.</summary>
/// <param name="Namespace">Null for objects of the whole cluster.</param>
public sealed record ManifestIdentity(ResourceType Type, string? Namespace, string Name)
{
    public override string ToString() => $"{Type.Kind} {(Namespace is null ? "" : Namespace + "/")}{Name}";
}

/// <param name="Document">As it is applied; nobody changes it.</param>
public sealed record Manifest(ManifestIdentity Identity, JsonObject Document);

/// <summary>Manifests in the order in which they are applied; secrets in it have names and no values.</summary>
public sealed class ManifestSet(IReadOnlyList<Manifest> manifests)
{
    /// <summary>Type of the secrets that images are pulled with, and the one key in them.</summary>
    internal const string PullSecretType = "kubernetes.io/dockerconfigjson";
    internal const string PullSecretKey = ".dockerconfigjson";

    private const string Hidden = "(hidden)";

    public IReadOnlyList<Manifest> Manifests => manifests;

    /// <summary>What the set applies: what an earlier set had and this one has not is to be deleted.</summary>
    public IReadOnlyList<ManifestIdentity> Inventory { get; } = [.. manifests.Select(m => m.Identity)];

    /// <summary>It brings the credentials that its images are pulled with.</summary>
    public bool HasPullSecret => manifests.Any(IsPullSecret);

    /// <summary>For people: one YAML text with all documents.</summary>
    /// <param name="masked">Values of secrets are hidden. Without, a set from <see cref="WithSecrets"/> shows them.</param>
    public string ToYaml(bool masked = true) =>
        Yaml.Write(manifests.Select(m => masked && m.Identity.Type == ResourceType.Secrets ? Mask(m.Document) : m.Document));

    /// <summary>For storage: a JSON array of the documents.</summary>
    public string ToJson() => new JsonArray([.. manifests.Select(m => (JsonNode?)m.Document.DeepClone())]).ToJsonString();

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    public static Result<ManifestSet> FromJson(string json)
    {
        try
        {
            if (JsonNode.Parse(json) is not JsonArray array) return new Invalid("manifests", "The manifests are not a list.");
            var manifests = new List<Manifest>();
            foreach (var item in array)
            {
                if (Identify(item as JsonObject).Failed(out var error, out var identity)) return error;
                manifests.Add(new Manifest(identity, (JsonObject)item!.DeepClone()));
            }
            return new ManifestSet(manifests);
        }
        catch (JsonException)
        {
            return new Invalid("manifests", "The manifests are not JSON.");
        }
    }

    /// <summary>All but the credentials that its images are pulled with.</summary>
    public ManifestSet WithoutPullSecret() => new([.. manifests.Where(m => !IsPullSecret(m))]);

    /// <summary>The set as it goes to the cluster, with values in its secrets; never stored, never shown.</summary>
    /// <param name="values">By name of the variable; more than are needed do no harm.</param>
    /// <param name="pullConfig">Content of the secret that images are pulled with; null where there is none.</param>
    /// <returns>An <see cref="Invalid"/> that names each variable without a value.</returns>
    public Result<ManifestSet> WithSecrets(IReadOnlyDictionary<string, string> values, string? pullConfig = null)
    {
        var missing = new List<Fault>();
        var filled = new List<Manifest>();
        foreach (var manifest in manifests)
        {
            if (manifest.Identity.Type != ResourceType.Secrets || manifest.Document["data"] is not JsonObject names)
            {
                filled.Add(manifest);
                continue;
            }
            var data = new JsonObject();
            if (IsPullSecret(manifest))
            {
                if (pullConfig is null) missing.Add(new Fault("registry", "The credentials of the registry are not there."));
                else data[PullSecretKey] = Encode(pullConfig);
            }
            else foreach (var (name, _) in names)
                if (values.TryGetValue(name, out var value)) data[name] = Encode(value);
                else missing.Add(new Fault($"env.{name}", $"The secret '{name}' has no value; give it one."));
            var document = (JsonObject)manifest.Document.DeepClone();
            document["data"] = data;
            filled.Add(manifest with { Document = document });
        }
        return missing.Count > 0 ? new Invalid(missing) : new ManifestSet(filled);
    }

    internal static Result<ManifestIdentity> Identify(JsonObject? document)
    {
        var (apiVersion, kind) = (Text(document?["apiVersion"]), Text(document?["kind"]));
        if (ResourceType.Find(apiVersion, kind) is not { } type) return new Invalid("kind", $"Objects of kind '{kind}' in '{apiVersion}' are not allowed.");
        var metadata = document!["metadata"] as JsonObject;
        return Text(metadata?["name"]) is { Length: > 0 } name
            ? new ManifestIdentity(type, Text(metadata!["namespace"]), name)
            : new Invalid("metadata.name", $"The {kind} has no name.");
    }

    internal static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool IsPullSecret(Manifest manifest) =>
        manifest.Identity.Type == ResourceType.Secrets && Text(manifest.Document["type"]) == PullSecretType;

    private static string Encode(string value) => Convert.ToBase64String(Encoding.UTF8.GetBytes(value));

    private static JsonObject Mask(JsonObject secret)
    {
        var masked = (JsonObject)secret.DeepClone();
        if (masked["data"] is JsonObject data)
            foreach (var name in data.Select(d => d.Key).ToList()) data[name] = Hidden;
        return masked;
    }
}
