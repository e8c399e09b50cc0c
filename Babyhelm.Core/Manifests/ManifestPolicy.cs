using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests;

/// <summary>What manifests must keep to, whatever template they come from. Checked on the parsed documents, before anything is applied.</summary>
public sealed class ManifestPolicy
{
    public const int MaxManifests = 60;

    /// <summary>Of one document as it is applied, in UTF-8 bytes; the cluster's store takes little more.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static readonly ResourceType[] ProjectTypes =
        [ResourceType.Namespaces, ResourceType.ServiceAccounts, ResourceType.ResourceQuotas, ResourceType.LimitRanges, ResourceType.NetworkPolicies];

    private static readonly ResourceType[] ApplicationTypes =
    [
        ResourceType.Secrets, ResourceType.PersistentVolumeClaims, ResourceType.Deployments, ResourceType.CronJobs, ResourceType.Services,
        ResourceType.HorizontalPodAutoscalers, ResourceType.Ingresses, ResourceType.NetworkPolicies,
    ];

    private static readonly string[] SystemNamespaces = ["default", "babyhelm"];

    private readonly IReadOnlyList<ResourceType> _types;
    private readonly string _namespace;
    private readonly IReadOnlyDictionary<string, string> _labels;

    private ManifestPolicy(IReadOnlyList<ResourceType> types, string ns, IReadOnlyDictionary<string, string> labels)
    {
        _types = types;
        _namespace = ns;
        _labels = labels;
    }

    public static ManifestPolicy ForNamespace(NamespaceContext context) =>
        new(ProjectTypes, context.Namespace, ManifestNames.ForProject(context.ProjectName));

    public static ManifestPolicy ForApplication(ApplicationContext context, ImageReference image) =>
        new(ApplicationTypes, context.Namespace, ManifestNames.ForApplication(context.ProjectName, context.Spec.Name, image, context.Release));

    /// <summary>Why nothing may be put into the namespace, or null.</summary>
    internal string? NamespaceProblem() =>
        !DnsName.IsLabel(_namespace) ? "The namespace is not a DNS label."
        : SystemNamespaces.Contains(_namespace) || _namespace.StartsWith("kube-", StringComparison.Ordinal) ? $"The namespace '{_namespace}' belongs to the cluster itself."
        : null;

    /// <summary>The same set, or an <see cref="Invalid"/> whose fields are <c>Kind name: path</c>.</summary>
    public Result<ManifestSet> Check(ManifestSet set)
    {
        var faults = new FaultList();
        if (NamespaceProblem() is { } problem) faults.Add("namespace", problem);
        if (set.Manifests.Count > MaxManifests) faults.Add("manifests", $"There are more than {MaxManifests} objects.");
        foreach (var twice in set.Inventory.GroupBy(i => i).Where(g => g.Count() > 1)) faults.Add(twice.Key.ToString(), "The object stands twice.");
        foreach (var manifest in set.Manifests) Check(manifest, (path, message) => faults.Add($"{manifest.Identity.Type.Kind} {manifest.Identity.Name}: {path}", message));
        return faults.Count == 0 ? set : new Invalid(faults.All);
    }

    private void Check(Manifest manifest, Action<string, string> fault)
    {
        var (identity, document) = manifest;
        if (!_types.Contains(identity.Type)) fault("kind", $"Objects of kind '{identity.Type.Kind}' are not allowed here.");
        var isNamespace = identity.Type == ResourceType.Namespaces;
        if (isNamespace ? identity.Name != _namespace || identity.Namespace is not null : identity.Namespace != _namespace)
            fault(isNamespace ? "metadata.name" : "metadata.namespace", $"The namespace is not '{_namespace}'.");
        if (!DnsName.IsSubdomain(identity.Name)) fault("metadata.name", "The name is not a DNS name.");
        if (Encoding.UTF8.GetByteCount(manifest.Document.ToJsonString()) > MaxBytes) fault("", $"The object is larger than {MaxBytes / 1024} KiB.");

        if (document.Any(p => p.Key is not ("apiVersion" or "kind" or "metadata" or "spec" or "data" or "type" or "immutable" or "automountServiceAccountToken")))
            fault("", "There are fields at the top that are not allowed.");
        CheckMetadata(document, isNamespace, fault);
        WorkloadPolicy.Check(identity.Type, document, fault);
    }

    private void CheckMetadata(JsonObject document, bool isNamespace, Action<string, string> fault)
    {
        var metadata = (JsonObject)document["metadata"]!;
        foreach (var (key, _) in metadata)
            if (key is not ("name" or "namespace" or "labels" or "annotations")) fault($"metadata.{key}", "The field is not allowed.");

        var labels = metadata["labels"] as JsonObject ?? [];
        foreach (var (key, value) in _labels)
            if (ManifestSet.Text(labels[key]) != value) fault($"metadata.labels.{key}", $"The label is not '{value}'.");
        foreach (var (key, value) in labels)
        {
            if (ManifestSet.Text(value) is not { } text || !DnsName.IsQualifiedName(key) || !DnsName.IsLabelValue(text)) fault($"metadata.labels.{Shown(key)}", "This is no good label.");
            else if (!_labels.ContainsKey(key) && IsOwned(key) && !(isNamespace && IsPodSecurity(key, text))) fault($"metadata.labels.{key}", "The label is not allowed here.");
        }
        if (isNamespace && ManifestSet.Text(labels["pod-security.kubernetes.io/enforce"]) is null)
            fault("metadata.labels.pod-security.kubernetes.io/enforce", "The level of Pod Security is missing.");
        foreach (var (key, _) in metadata["annotations"] as JsonObject ?? [])
            if (!(isNamespace && key == Labels.ProjectId) && !key.StartsWith("cert-manager.io/", StringComparison.Ordinal))
                fault($"metadata.annotations.{Shown(key)}", "The annotation is not allowed here.");
    }

    private static bool IsOwned(string key) => key.Contains("kubernetes.io/", StringComparison.Ordinal) || key.Contains("babyhelm.dev/", StringComparison.Ordinal);

    private static bool IsPodSecurity(string key, string level) =>
        (key == "pod-security.kubernetes.io/enforce" && level is "baseline" or "restricted") || (key == "pod-security.kubernetes.io/warn" && level == "restricted");

    private static string Shown(string key) => string.Concat(key.Select(c => c is > ' ' and < '\x7f' ? c : '?'));
}
