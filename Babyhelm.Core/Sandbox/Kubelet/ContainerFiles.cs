using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>
/// The files that the sandbox knows of in a container: those of the system that tell something, and mounted secrets and
/// config maps as they are now. Nothing can be written. The image's own files are not there: the image is never unpacked.
/// </summary>
internal sealed class ContainerFiles
{
    private readonly SortedDictionary<string, byte[]?> _entries = new(StringComparer.Ordinal);

    /// <param name="programs">Names of what can be run, for /bin.</param>
    public ContainerFiles(ObjectStore store, ContainerRun run, IEnumerable<string> programs)
    {
        foreach (var folder in new[] { "/", "/dev", "/home", "/opt", "/proc", "/root", "/sys", "/tmp", "/usr/bin", "/var" }) AddFolder(folder);
        foreach (var program in programs) Add($"/bin/{program}", []);
        Add("/etc/hostname", $"{run.Pod.Name}\n");
        Add("/etc/hosts", $"127.0.0.1\tlocalhost\n{run.Address}\t{run.Pod.Name}\n");
        Add("/etc/resolv.conf", $"search {run.Pod.Namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n");
        Add("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
        Add("/etc/group", "root:x:0:\n");
        Add("/etc/os-release", $"NAME=\"Babyhelm sandbox\"\nID=sandbox\nVERSION_ID={NodeInfo.GitVersion}\n");
        foreach (var mount in run.Spec.Items("volumeMounts"))
            if (run.PodBody.Items("spec", "volumes").FirstOrDefault(v => v.Str("name") == mount.Str("name")) is { } volume) Mount(store, run.Pod.Namespace, volume, mount);
    }

    public bool IsFolder(string path) => _entries.TryGetValue(path, out var content) && content is null;

    /// <summary>A file's content, or null for what is no file.</summary>
    public byte[]? Read(string path) => _entries.GetValueOrDefault(path);

    /// <summary>Names in a folder, sorted.</summary>
    public IEnumerable<string> Names(string folder)
    {
        var prefix = folder == "/" ? "/" : folder + "/";
        return _entries.Keys.Where(p => p.Length > prefix.Length && p.StartsWith(prefix, StringComparison.Ordinal) && !p[prefix.Length..].Contains('/')).Select(p => p[prefix.Length..]);
    }

    /// <summary>An absolute path without dots, from a folder and a path that may be relative to it.</summary>
    public static string Absolute(string folder, string path)
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : $"{folder}/{path}").Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }
        return "/" + string.Join('/', parts);
    }

    private void Mount(ObjectStore store, string ns, JsonObject volume, JsonObject mount)
    {
        var path = Absolute("/", mount.Str("mountPath") ?? "/");
        var (resource, source) = volume.Map("secret") is { } secret ? (ApiResource.Secrets, secret) : (ApiResource.ConfigMaps, volume.Map("configMap"));
        if (source is null)
        {
            AddFolder(path);
            return;
        }
        var files = ContainerEnvironment.Data(store, resource, ns, source.Str("secretName") ?? source.Str("name")).ToDictionary(d => d.Key, d => d.Value);
        if (source.Items("items").ToList() is { Count: > 0 } items)
            files = items.Where(i => files.ContainsKey(i.Str("key") ?? "")).ToDictionary(i => i.Str("path") ?? "", i => files[i.Str("key") ?? ""]);
        if (mount.Str("subPath") is { Length: > 0 } only)
        {
            if (files.TryGetValue(only, out var content)) Add(path, content);
            return;
        }
        AddFolder(path);
        foreach (var (name, content) in files) Add($"{path}/{name}", content);
    }

    private void Add(string path, string text) => Add(path, Encoding.UTF8.GetBytes(text));

    private void Add(string path, byte[] content)
    {
        AddFolder(Absolute(path, ".."));
        _entries[path] = content;
    }

    private void AddFolder(string path)
    {
        for (; path != "/"; path = Absolute(path, "..")) _entries[path] = null;
        _entries["/"] = null;
    }
}
