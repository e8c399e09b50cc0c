using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>Reads kubeconfig files as kubectl does: of several files the first one to name a thing wins, and paths are
/// relative to the file that names them.</summary>
internal sealed class KubeConfig(KubernetesOptions options)
{
    private readonly Dictionary<string, KubeEntry> _clusters = [];
    private readonly Dictionary<string, KubeEntry> _users = [];
    private readonly Dictionary<string, KubeEntry> _contexts = [];
    private string? _currentContext;

    internal Result<ClusterConfig> Load(IReadOnlyList<string> files)
    {
        var read = new List<string>();
        try
        {
            foreach (var file in files)
            {
                // kubectl takes a list with files that do not exist; a single one that is missing is a mistake.
                if (!File.Exists(file)) continue;
                Merge(file);
                read.Add(file);
            }
            if (read.Count == 0)
                throw new KubeConfigFault($"The kubeconfig {string.Join(", ", files)} does not exist. Correct Kubernetes:KubeConfig or KUBECONFIG.");
            return Resolve(string.Join(", ", read));
        }
        catch (KubeConfigFault fault)
        {
            return new ClusterConfigInvalid(fault.Message);
        }
    }

    private void Merge(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigFault($"The kubeconfig {file} cannot be read ({e.Message.TrimEnd('.')}). Let the user that runs Babyhelm read it.");
        }
        if (!Yaml.Parse(text).Ok(out var documents, out var error))
            throw new KubeConfigFault($"The kubeconfig {file} is not YAML. {error.Message} Write it anew, for example with 'kubectl config view --raw --flatten'.");
        if (documents.Count == 0) return;

        var root = new KubeEntry(file, "the file", documents[0]);
        if (root.Text("kind") is { } kind && kind != "Config") throw root.Fault($"is of kind {kind}, not Config. Give a kubeconfig file");
        AddNamed(root, "clusters", "cluster", _clusters);
        AddNamed(root, "users", "user", _users);
        AddNamed(root, "contexts", "context", _contexts);
        _currentContext ??= root.Text("current-context");
    }

    private static void AddNamed(KubeEntry root, string list, string item, Dictionary<string, KubeEntry> target)
    {
        foreach (var entry in root.Items(list))
        {
            var name = entry.Text("name") ?? throw root.Fault($"has an entry without a name in '{list}'. Give it one");
            target.TryAdd(name, new KubeEntry(root.File, $"{item} '{name}'", entry.Section(item) ?? []));
        }
    }

    private Result<ClusterConfig> Resolve(string files)
    {
        var name = Blank(options.Context) ?? _currentContext
            ?? throw new KubeConfigFault($"The kubeconfig {files} names no current-context. Set Kubernetes:Context to one of: {Names(_contexts)}.");
        if (!_contexts.TryGetValue(name, out var context))
            throw new KubeConfigFault($"The kubeconfig {files} has no context '{name}'. Set Kubernetes:Context to one of: {Names(_contexts)}.");
        var clusterName = context.Text("cluster") ?? throw context.Fault("names no cluster. Add 'cluster:' with one of the file's clusters");
        if (!_clusters.TryGetValue(clusterName, out var cluster))
            throw context.Fault($"uses the cluster '{clusterName}', which is not there. Use one of: {Names(_clusters)}");

        KubeEntry? user = null;
        if (context.Text("user") is { } userName && !_users.TryGetValue(userName, out user))
            throw context.Fault($"uses the user '{userName}', which is not there. Use one of: {Names(_users)}");

        return KubeConfigCluster.Build(cluster, user, options, $"context {name} of {context.File}", context.Text("namespace"));
    }

    private static string Names(Dictionary<string, KubeEntry> entries) =>
        entries.Count == 0 ? "(there are none)" : string.Join(", ", entries.Keys.Order(StringComparer.Ordinal));

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
