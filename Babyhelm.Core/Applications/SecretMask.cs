using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Takes values of secrets out of what others say: a program, the cluster, or a check of its own that quotes what it was sent.
/// A value is found as it is, as base64 and as it stands in quotes; in no other disguise, and not where it is cut.
/// </summary>
internal sealed class SecretMask
{
    /// <summary>Shorter values, in characters, would be found in every other word.</summary>
    public const int LeastLength = 4;

    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<(string Text, string Name)> _hidden;

    /// <param name="secrets">Value of each, by the name that stands in its place.</param>
    public SecretMask(IEnumerable<KeyValuePair<string, string>> secrets) =>
        _hidden = [.. secrets.Where(s => s.Value.Length >= LeastLength).SelectMany(s => Forms(s.Value).Select(form => (form, s.Key))).Distinct().OrderByDescending(f => f.form.Length)];

    /// <summary>Of all that the cluster gets with these manifests.</summary>
    /// <param name="filled">With the values of secrets in it.</param>
    public static SecretMask Of(ManifestSet filled) => new(filled.Manifests
        .Where(m => m.Identity.Type == ResourceType.Secrets).SelectMany(m => m.Document["data"] as JsonObject ?? [])
        .SelectMany(entry => Values(entry.Key, Decoded(entry.Value))));

    public string In(string text) => _hidden.Aggregate(text, (t, hidden) => t.Replace(hidden.Text, $"({hidden.Name})", StringComparison.Ordinal));

    public IEnumerable<string> In(IEnumerable<string> texts) => texts.Select(In);

    public Error In(Error error) => error is not KubernetesError said ? error : said with
    {
        Message = In(said.Message),
        ServerMessage = In(said.ServerMessage),
        Causes = [.. said.Causes.Select(c => c with { Message = In(c.Message) })],
    };

    public Diagnosis In(Diagnosis diagnosis) => diagnosis with { Cause = In(diagnosis.Cause), Evidence = [.. In(diagnosis.Evidence)] };

    private static IEnumerable<string> Forms(string value) =>
        [value, Convert.ToBase64String(Encoding.UTF8.GetBytes(value)), JsonSerializer.Serialize(value, Quoting)[1..^1]];

    private static string Decoded(JsonNode? value) => Encoding.UTF8.GetString(Convert.FromBase64String(value?.GetValue<string>() ?? ""));

    /// <summary>Of credentials of a registry, what is secret in them.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Values(string name, string value) => name != ManifestSet.PullSecretKey ? [new(name, value)]
        : (JsonNode.Parse(value)?["auths"] as JsonObject ?? []).SelectMany(auth => new[] { "password", "auth" }.Select(part => auth.Value?[part]?.GetValue<string>()).OfType<string>())
            .Select(text => KeyValuePair.Create("password of the registry", text)).Append(new("credentials of the registry", value));
}
