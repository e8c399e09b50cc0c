using System.Security.Cryptography;
using System.Text;

namespace Babyhelm.Core.Sandbox;

/// <summary>Names and times in the forms that Kubernetes gives them.</summary>
internal static class Ids
{
    /// <summary>The letters of generated names: none that could spell a word or be mistaken.</summary>
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static string Suffix(int length = 5) => RandomNumberGenerator.GetString(Alphabet, length);

    /// <summary>The hash of a pod template, as a name part of up to ten letters.</summary>
    public static string TemplateHash(System.Text.Json.Nodes.JsonNode template, long collisions)
    {
        // FNV-1a over the canonical text: stable for equal templates, however their fields are ordered.
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(Canonical(template) + (collisions == 0 ? "" : $"#{collisions}"))) hash = unchecked((hash ^ b) * 16777619u);
        return string.Concat(hash.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(c => Alphabet[c % Alphabet.Length]));
    }

    /// <summary>Whole seconds in UTC, as metadata has them.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static string MicroTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static string Canonical(System.Text.Json.Nodes.JsonNode? node) => node switch
    {
        System.Text.Json.Nodes.JsonObject map => "{" + string.Join(",", map.Where(p => p.Value is not null).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}:{Canonical(p.Value)}")) + "}",
        System.Text.Json.Nodes.JsonArray list => "[" + string.Join(",", list.Select(Canonical)) + "]",
        _ => Json.Text(node),
    };
}
