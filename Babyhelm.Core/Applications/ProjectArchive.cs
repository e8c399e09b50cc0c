using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>An application in an archive.</summary>
/// <param name="Spec">Without secret values.</param>
/// <param name="Hook">It had a deploy hook, whose token is not in the archive.</param>
internal sealed record ArchivedApplication(AppSpec Spec, bool AutoRollback, bool SelfHeal, bool Stopped, bool Hook);

/// <summary>A registry in an archive: its password is not in it.</summary>
internal sealed record ArchivedRegistry(string Name, string Host, string UserName);

/// <param name="Format">Always <see cref="ProjectArchive.Format"/>.</param>
/// <param name="Version">Grows when an older Babyhelm would read it wrongly.</param>
internal sealed record ArchiveIndex(string Format, int Version, string Project, DateTimeOffset ExportedAt, IReadOnlyList<string> Applications)
{
    /// <summary>All of the project, by name; none in archives of version 1.</summary>
    public IReadOnlyList<ArchivedRegistry> Registries { get; init; } = [];
}

/// <summary>The form of a project as one file: a ZIP of JSON, read with nothing taken on trust.</summary>
internal static partial class ProjectArchive
{
    public const string Format = "babyhelm-project";
    public const int Version = 2;

    /// <summary>Longest archive, in bytes, packed; unpacked files, one and all together.</summary>
    public const int MaxPacked = 1024 * 1024;
    public const int MaxFile = 4 * 1024 * 1024;
    public const int MaxUnpacked = 16 * 1024 * 1024;
    public const int MaxApplications = 500;

    private const string Index = "babyhelm.json";
    private const string Readme = "README.txt";

    [GeneratedRegex(@"\Aapplications/([a-z][a-z0-9-]{1,29})\.json\z", RegexOptions.CultureInvariant)]
    private static partial Regex File();

    private static readonly JsonSerializerOptions Json = Options();

    /// <summary>The same input gives the same bytes.</summary>
    public static byte[] Write(string project, DateTimeOffset at, IReadOnlyList<ArchivedApplication> applications, IReadOnlyList<ArchivedRegistry> registries)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(Index, JsonSerializer.Serialize(new ArchiveIndex(Format, Version, project, at, [.. applications.Select(a => a.Spec.Name)]) { Registries = registries }, Json));
            foreach (var app in applications) Add($"applications/{app.Spec.Name}.json", JsonSerializer.Serialize(app, Json));
            Add(Readme, About(project, applications, registries));

            void Add(string name, string text)
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = at;
                using var content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return packed.ToArray();
    }

    /// <summary>What <see cref="Write"/> wrote; an <see cref="Invalid"/> for anything else: other names, too much, another version.</summary>
    public static Result<(ArchiveIndex Index, IReadOnlyList<ArchivedApplication> Applications)> Read(byte[] packed)
    {
        if (packed.Length > MaxPacked) return new Invalid("archive", $"An archive has at most {MaxPacked / 1024} KiB.");
        try
        {
            using var zip = new ZipArchive(new MemoryStream(packed, writable: false), ZipArchiveMode.Read);
            if (zip.Entries.Count > MaxApplications + 2) return new Invalid("archive", $"An archive has at most {MaxApplications} applications.");
            ArchiveIndex? index = null;
            var found = new Dictionary<string, ArchivedApplication>(StringComparer.Ordinal);
            var left = MaxUnpacked;
            foreach (var entry in zip.Entries)
            {
                if (entry.FullName == Readme) continue;
                var name = File().Match(entry.FullName) is { Success: true } match ? match.Groups[1].Value : null;
                if (name is null && entry.FullName != Index) return new Invalid("archive", "This is no archive of a project: it has other files in it.");
                if (Unpack(entry, Math.Min(left, MaxFile)) is not { } text) return new Invalid("archive", "The archive is too large once it is unpacked.");
                left -= text.Length;
                if (name is null)
                {
                    if (index is not null) return Twice;
                    index = JsonSerializer.Deserialize<ArchiveIndex>(text, Json);
                }
                else if (JsonSerializer.Deserialize<ArchivedApplication>(text, Json) is not { } app || app.Spec.Name != name) return new Invalid("archive", $"The file of {name} is about another application.");
                else if (!found.TryAdd(name, app)) return Twice;
            }
            if (index is null || index.Format != Format) return new Invalid("archive", "This is no archive of a project.");
            if (index.Version is < 1 or > Version) return new Invalid("archive", $"The archive has version {index.Version}; this Babyhelm reads versions 1 to {Version}.");
            if (!AreRegistries(index.Registries)) return new Invalid("archive", "The archive has registries that can't be: a name, a host or a user that no project has.");
            if (index.Applications.Count != found.Count || !index.Applications.All(name => name is not null && found.ContainsKey(name)) || index.Applications.Distinct().Count() != found.Count) return new Invalid("archive", "The archive has not the applications that it names.");
            return (index, index.Applications.Select(name => found[name]).ToList());
        }
        catch (JsonException e)
        {
            return new Invalid("archive", $"A file of the archive can't be read: {AppSpecJson.Describe(e).Message}");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            return new Invalid("archive", "This is no ZIP archive, or it is damaged.");
        }
    }

    private static bool AreRegistries(IReadOnlyList<ArchivedRegistry> all) =>
        all.Count <= Registry.MaxCount && all.All(r => r is not null && Slug.Problem(r.Name) is null && Registry.ReadHost(r.Host) is { Error: null } host && host.Value == r.Host && r.UserName is { Length: > 0 and <= Registry.MaxUserName })
        && all.Select(r => r.Name).Distinct().Count() == all.Count;

    private static Invalid Twice => new("archive", "A file stands twice in the archive.");

    /// <summary>Null for more than that many bytes, whatever the archive says of itself.</summary>
    private static byte[]? Unpack(ZipArchiveEntry entry, int most)
    {
        using var content = entry.Open();
        var buffer = new byte[Math.Min(most, 64 * 1024) + 1];
        using var text = new MemoryStream();
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            if (text.Length + read > most) return null;
            text.Write(buffer, 0, read);
        }
        return text.ToArray();
    }

    private static string About(string project, IReadOnlyList<ArchivedApplication> applications, IReadOnlyList<ArchivedRegistry> registries)
    {
        var text = new StringBuilder($"The project {project}, exported from Babyhelm.\n\nLeft out:\n- data in volumes, logs, releases, members, quota\n- tokens of deploy hooks and passwords of registries\n- values of secret variables:\n");
        foreach (var app in applications)
            foreach (var secret in app.Spec.Env.Where(e => e.Secret)) text.Append($"  {app.Spec.Name}: {secret.Name}\n");
        if (registries.Count > 0) text.Append("\nRegistries, to be added with their passwords before the import:\n");
        foreach (var registry in registries) text.Append($"  {registry.Name}: {registry.Host} as {registry.UserName}\n");
        return text.ToString();
    }

    /// <summary>As app specs are read, so that no field is dropped without a word.</summary>
    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions(AppSpecJson.Options) { WriteIndented = true, AllowTrailingCommas = false, ReadCommentHandling = JsonCommentHandling.Disallow };
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        return options;
    }
}
