using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Liquid;

namespace Babyhelm.Core.Manifests;

/// <summary>The templates that manifests are rendered from: the built-in ones, with an administrator's in their place where given.</summary>
public sealed class ManifestTemplates
{
    private const string Prefix = "templates/";
    private const string Suffix = ".liquid";

    private static readonly IReadOnlyDictionary<string, string> Sources = Load();

    private readonly Dictionary<string, LiquidTemplate> _templates;

    private ManifestTemplates(Dictionary<string, LiquidTemplate> templates, string version)
    {
        _templates = templates;
        Version = version;
    }

    /// <summary>The templates as they come with this program.</summary>
    public static ManifestTemplates BuiltIn { get; } = Create(new Dictionary<string, string>()).Value;

    /// <summary>Sources of the built-in templates by name, for example <c>deployment</c>.</summary>
    public static IReadOnlyDictionary<string, string> BuiltInSources => Sources;

    /// <summary>Changes with any source: the first 12 hex digits of a SHA-256 over all of them.</summary>
    public string Version { get; }

    /// <summary>All templates with some replaced, or an <see cref="Invalid"/> whose field is the template's name.</summary>
    public static Result<ManifestTemplates> Create(IReadOnlyDictionary<string, string> overrides)
    {
        var unknown = overrides.Keys.Where(name => !Sources.ContainsKey(name)).Select(name => new Fault(name, $"There is no template '{name}'.")).ToList();
        if (unknown.Count > 0) return new Invalid(unknown);

        var sources = Sources.ToDictionary(s => s.Key, s => overrides.GetValueOrDefault(s.Key, s.Value));
        var templates = new Dictionary<string, LiquidTemplate>();
        var faults = new List<Fault>();
        foreach (var (name, source) in sources)
        {
            var (template, error) = LiquidTemplate.Parse(source, new LiquidOptions { Strict = true, Name = name, Partials = sources });
            if (error is not null) faults.Add(new Fault(name, error.ToString()));
            else templates[name] = template!;
        }
        return faults.Count > 0 ? new Invalid(faults) : new ManifestTemplates(templates, Hash(sources));
    }

    internal LiquidTemplate this[string name] => _templates[name];

    private static string Hash(IEnumerable<KeyValuePair<string, string>> sources)
    {
        var all = new StringBuilder();
        foreach (var (name, source) in sources.OrderBy(s => s.Key, StringComparer.Ordinal)) all.Append(name).Append('\0').Append(source).Append('\0');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..12];
    }

    private static Dictionary<string, string> Load()
    {
        var assembly = typeof(ManifestTemplates).Assembly;
        var sources = new Dictionary<string, string>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(r => r.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            sources[resource[Prefix.Length..^Suffix.Length]] = reader.ReadToEnd();
        }
        return sources;
    }
}
