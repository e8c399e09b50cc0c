using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>A kubeconfig that cannot be used; caught where the file is loaded and answered as a value.</summary>
internal sealed class KubeConfigFault(string message) : Exception(message);

/// <summary>One section of a kubeconfig, with the file it stands in. Values are never repeated in messages.</summary>
internal sealed class KubeEntry(string file, string what, JsonObject fields)
{
    internal string File { get; } = file;

    internal KubeConfigFault Fault(string problem) => new($"The kubeconfig {File}: {what} {problem}.");

    internal string Where => $"The kubeconfig {File}: {what}";

    /// <summary>The text of a field; null where it is missing or empty.</summary>
    internal string? Text(string key)
    {
        if (!fields.TryGetPropertyValue(key, out var value) || value is null) return null;
        if (value is not JsonValue || value.GetValueKind() != JsonValueKind.String) throw Fault($"needs a text as '{key}'. Quote it");
        var text = value.GetValue<string>();
        return text.Length == 0 ? null : text;
    }

    internal bool Flag(string key)
    {
        if (!fields.TryGetPropertyValue(key, out var value) || value is null) return false;
        return value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value.GetValue<bool>() : throw Fault($"needs true or false as '{key}'");
    }

    internal JsonObject? Section(string key) => fields.TryGetPropertyValue(key, out var value) && value is not null
        ? value as JsonObject ?? throw Fault($"needs fields under '{key}'")
        : null;

    internal KubeEntry? Part(string key) => Section(key) is { } section ? new KubeEntry(File, $"{what}, {key}:", section) : null;

    internal IEnumerable<KubeEntry> Items(string key)
    {
        if (!fields.TryGetPropertyValue(key, out var value) || value is null) yield break;
        foreach (var item in value as JsonArray ?? throw Fault($"needs a list under '{key}'"))
            yield return new KubeEntry(File, $"{what}, {key}:", item as JsonObject ?? throw Fault($"needs fields in each entry of '{key}'"));
    }

    internal IReadOnlyList<string> Texts(string key)
    {
        if (!fields.TryGetPropertyValue(key, out var value) || value is null) return [];
        return [.. (value as JsonArray ?? throw Fault($"needs a list under '{key}'"))
            .Select(item => item?.GetValueKind() == JsonValueKind.String ? item.GetValue<string>() : throw Fault($"needs texts in '{key}'. Quote them"))];
    }

    /// <summary>A path in the file's terms, made absolute; null where it is missing.</summary>
    internal string? FilePath(string key) =>
        Text(key) is { } path ? Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(File)) ?? "/") : null;

    /// <summary>PEM text from <c>key-data</c> (base64), else from the file that <c>key</c> names; null where there is neither.</summary>
    internal string? Pem(string key)
    {
        if (Text(key + "-data") is { } data)
        {
            var bytes = new byte[data.Length];
            return Convert.TryFromBase64String(data, bytes, out var length)
                ? Encoding.UTF8.GetString(bytes, 0, length)
                : throw Fault($"has a '{key}-data' that is not base64. Write it anew, for example with 'kubectl config set-credentials --embed-certs'");
        }
        if (FilePath(key) is not { } path) return null;
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"names {path} as '{key}', which {(System.IO.File.Exists(path) ? "cannot be read" : "does not exist")}. Correct the path or the file's permissions");
        }
    }
}
