using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests.Export;

/// <summary>
/// An application as a Helm chart. The templates are the same for all applications and hold nothing of a user; what users wrote is in
/// <c>values.yaml</c>, which Helm reads as plain data. Rendered with these values, the chart gives the portable manifests, but for
/// what a <c>README.md</c> names where there is any.
/// </summary>
public static class HelmChart
{
    private const string Prefix = "chart/";

    private static readonly IReadOnlyDictionary<string, string> Sources = Load();

    /// <summary>The chart's files by path within it.</summary>
    /// <param name="documents">As <see cref="PortableManifests.Of"/> gives them.</param>
    /// <param name="spec">Of the same release.</param>
    /// <param name="release">From 1; part of the chart's version.</param>
    public static IReadOnlyDictionary<string, string> Files(IReadOnlyList<JsonObject> documents, AppSpec spec, int release)
    {
        var files = new Dictionary<string, string>
        {
            ["Chart.yaml"] = Yaml.Write(new JsonObject
            {
                ["apiVersion"] = "v2",
                ["name"] = spec.Name,
                ["description"] = $"{spec.Name}, exported from Babyhelm",
                ["type"] = "application",
                ["version"] = $"0.{release}.0",
                ["appVersion"] = ManifestSet.Text(documents[0]["metadata"]?["labels"]?[Labels.Version]) ?? "latest",
            }),
        };
        var values = ChartValues.Of(documents, spec);
        files["values.yaml"] = ChartValues.ToYaml(values);
        if (values.Select(g => g.Values["notCarried"]).OfType<JsonArray>().Single() is { Count: > 0 } gaps)
            files["README.md"] = $"# {spec.Name}\n\nExported from Babyhelm. The templates of that installation had this otherwise than the chart gives it;\nthe plain YAML of the application has it all:\n\n{string.Concat(gaps.Select(g => $"- `{g}`\n"))}";
        foreach (var name in Templates(spec.Kind)) files[$"templates/{name}"] = Sources[name];
        return files;
    }

    /// <summary>The files as a gzipped tar, below a folder of the chart's name. The same input gives the same bytes.</summary>
    public static byte[] Pack(string name, IReadOnlyDictionary<string, string> files, DateTimeOffset at)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
            foreach (var (path, text) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{name}/{path}")
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                    ModificationTime = at,
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
                });
        return packed.ToArray();
    }

    private static IEnumerable<string> Templates(AppKind kind) => kind == AppKind.Cron
        ? ["_helpers.tpl", "cronjob.yaml", "secret.yaml", "volumes.yaml", "NOTES.txt"]
        : ["_helpers.tpl", "deployment.yaml", "service.yaml", "autoscaler.yaml", "ingress.yaml", "networkpolicy.yaml", "secret.yaml", "volumes.yaml", "NOTES.txt"];

    private static Dictionary<string, string> Load()
    {
        var assembly = typeof(HelmChart).Assembly;
        var sources = new Dictionary<string, string>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(r => r.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            sources[resource[Prefix.Length..]] = reader.ReadToEnd();
        }
        return sources;
    }
}
