using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests.Export;

/// <summary>
/// An application's manifests for any namespace of any cluster: without a namespace, Babyhelm's labels and annotations, its
/// service account and the numbers of its releases, so that nothing in them leads back to Babyhelm. Values of secrets are left out.
/// </summary>
public static class PortableManifests
{
    /// <summary>Stands for each value of a secret.</summary>
    public const string Placeholder = "CHANGE-ME";

    private const string Own = "babyhelm.dev/";

    /// <summary>The same objects in the same order, without the secret of a registry: it is nothing but a password.</summary>
    /// <param name="app">Name of the application.</param>
    public static IReadOnlyList<JsonObject> Of(ManifestSet set, string app) => [.. set.Manifests.Where(m => !IsPullSecret(m.Document)).Select(m => Portable(m, app))];

    /// <summary>The documents as one text, with what there is to do about them as comments before.</summary>
    /// <param name="source">Where it comes from, in a few plain words.</param>
    public static string ToYaml(IReadOnlyList<JsonObject> documents, string source)
    {
        var text = new StringBuilder($"# {source}\n# kubectl apply --namespace NAMESPACE -f FILE\n");
        if (documents.Any(IsSecret)) text.Append($"#\n# Values of secrets are left out: put them in the place of {Placeholder}.\n");
        foreach (var name in documents.SelectMany(PullSecrets).Distinct())
            text.Append($"#\n# The image is pulled with the secret {name}, which has to be made first:\n# kubectl create secret docker-registry {name} --docker-server=… --docker-username=… --docker-password=…\n");
        if (documents.Any(d => Kind(d) == "Service")) text.Append("#\n# The service is reached inside the cluster, unless an ingress or a load balancer stands below.\n");
        return text.Append("---\n").Append(Yaml.Write(documents)).ToString();
    }

    private static JsonObject Portable(Manifest manifest, string app)
    {
        var document = (JsonObject)manifest.Document.DeepClone();
        document["metadata"]!.AsObject().Remove("namespace");
        Walk(document, app);
        if (Kind(document) == "Service") document["spec"]!["selector"] = Selector(app);
        if (IsSecret(document))
        {
            document["metadata"]!["name"] = SecretName(app);
            // A value that is changed later has to reach it.
            document.Remove("immutable");
            var values = new JsonObject();
            foreach (var (name, _) in document["data"] as JsonObject ?? []) values[name] = Placeholder;
            document.Remove("data");
            document["stringData"] = values;
        }
        if (document["spec"] is JsonObject spec) spec.Remove("paused");
        return document;
    }

    /// <summary>Changes labels, selectors, annotations, accounts and references to the secret, wherever they stand.</summary>
    private static void Walk(JsonNode? node, string app)
    {
        if (node is JsonArray items) foreach (var item in items) Walk(item, app);
        if (node is not JsonObject fields) return;
        if (fields["labels"] is JsonObject labels) fields["labels"] = Relabelled(labels, app);
        if (fields["matchLabels"] is JsonObject) fields["matchLabels"] = Selector(app);
        if (fields["annotations"] is JsonObject annotations)
        {
            foreach (var name in annotations.Select(a => a.Key).Where(k => k.StartsWith(Own, StringComparison.Ordinal)).ToList()) annotations.Remove(name);
            if (annotations.Count == 0) fields.Remove("annotations");
        }
        if (ManifestSet.Text(fields["serviceAccountName"]) == ManifestNames.ServiceAccount) fields.Remove("serviceAccountName");
        if (fields["secretKeyRef"] is JsonObject reference) reference["name"] = SecretName(app);
        foreach (var (name, value) in fields.ToList())
            if (name is not ("labels" or "matchLabels" or "annotations" or "data")) Walk(value, app);
    }

    private static JsonObject Relabelled(JsonObject labels, string app)
    {
        var portable = Selector(app);
        if (labels[Labels.Version] is { } version) portable[Labels.Version] = version.DeepClone();
        return portable;
    }

    private static JsonObject Selector(string app) => new() { [Labels.Name] = app, [Labels.Instance] = app };

    private static string SecretName(string app) => $"{app}-env";

    internal static string? Kind(JsonObject document) => ManifestSet.Text(document["kind"]);

    private static bool IsSecret(JsonObject document) => Kind(document) == "Secret";

    private static bool IsPullSecret(JsonObject document) => ManifestSet.Text(document["type"]) == ManifestSet.PullSecretType;

    /// <summary>The pod that a deployment or a cron job makes; null for others.</summary>
    internal static JsonObject? Pod(JsonObject document) =>
        (document["spec"]?["template"]?["spec"] ?? document["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]) as JsonObject;

    internal static JsonNode? PodAnnotations(JsonObject document) =>
        (document["spec"]?["template"] ?? document["spec"]?["jobTemplate"]?["spec"]?["template"])?["metadata"]?["annotations"];

    internal static IEnumerable<string> PullSecrets(JsonObject document) =>
        (Pod(document)?["imagePullSecrets"] as JsonArray ?? []).Select(s => ManifestSet.Text(s?["name"])).OfType<string>();
}
