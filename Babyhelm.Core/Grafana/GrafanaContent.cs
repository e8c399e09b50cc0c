using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Grafana;

/// <summary>What a browser would make of an answer that it opens as a page.</summary>
internal enum GrafanaContent
{
    /// <summary>One of Grafana's own pages, of which Grafana says by a nonce which scripts are its own.</summary>
    Page,

    /// <summary>A page without that: any text in it could be a script with the user's session.</summary>
    UnprotectedPage,

    /// <summary>Script, which a page or a worker of Grafana's loads. Opened by itself it is text.</summary>
    Script,

    /// <summary>Everything else, among it documents with scripts in them, such as SVG: no script of it may run.</summary>
    Inert,
}

internal static partial class GrafanaContents
{
    private static readonly HashSet<string> Scripts = new(StringComparer.OrdinalIgnoreCase) { "text/javascript", "application/javascript", "application/x-javascript" };

    /// <param name="path">The path asked for: an answer that says "not changed" names no type, and browsers keep its policy for what they have.</param>
    public static GrafanaContent Of(HttpResponseMessage message, string path)
    {
        // Browsers don't show the text of a redirect.
        if (message.Headers.NonValidated.Contains("Location")) return GrafanaContent.Inert;
        if (!message.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types))
            return path.EndsWith(".js", StringComparison.Ordinal) ? GrafanaContent.Script : GrafanaContent.Inert;
        if (!MediaTypeHeaderValue.TryParse(types.ToString(), out var type)) return GrafanaContent.Inert;
        if (Scripts.Contains(type.MediaType!)) return GrafanaContent.Script;
        if (!string.Equals(type.MediaType, "text/html", StringComparison.OrdinalIgnoreCase)) return GrafanaContent.Inert;
        return message.Headers.NonValidated.TryGetValues("Content-Security-Policy", out var policies) && policies.SelectMany(p => p.Split(',')).Any(WantsNonce)
            ? GrafanaContent.Page : GrafanaContent.UnprotectedPage;
    }

    /// <summary>Whether a policy lets no inline script run without a nonce: neither by its rule for scripts nor by one for elements or attributes, which would go before it.</summary>
    private static bool WantsNonce(string policy)
    {
        var rules = policy.Split(';').Select(rule => rule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(rule => rule.Length > 0)
            .DistinctBy(rule => rule[0].ToLowerInvariant()) // the first of a name holds
            .Where(rule => rule[0].StartsWith("script-src", StringComparison.OrdinalIgnoreCase)).ToList();
        return rules.Any(rule => rule[0].Equals("script-src", StringComparison.OrdinalIgnoreCase)) && rules.All(rule => rule.Skip(1).Any(source => Nonce().IsMatch(source)));
    }

    [GeneratedRegex(@"\A'nonce-[A-Za-z0-9+/_-]{16,}={0,2}'\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Nonce();
}
