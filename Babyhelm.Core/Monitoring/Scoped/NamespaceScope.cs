using System.Text;
using Babyhelm.Core.Monitoring.PromQl;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>
/// The namespaces whose series somebody may see. As matchers of a selector these stand before those that were written, and as
/// patterns: so <c>absent()</c>, which makes labels of its selector's equalities, goes by the written ones alone.
/// </summary>
internal sealed class NamespaceScope
{
    public const string Label = "namespace";

    /// <param name="namespaces">None: nothing is seen.</param>
    public NamespaceScope(IEnumerable<string> namespaces)
    {
        var pattern = string.Join('|', namespaces.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(Escape));
        // No label is empty and not empty.
        Matchers = pattern.Length > 0 ? [Of(pattern)] : [Of(""), Of(".+")];
        static Matcher Of(string pattern) => new(Label, "=~", QuotedText.Quote(pattern));
    }

    public IReadOnlyList<Matcher> Matchers { get; }

    /// <summary>Characters that they add to each selector.</summary>
    public int Length => Matchers.Sum(m => m.Value.Length);

    private static string Escape(string name)
    {
        if (name.Length == 0 || !name.All(c => c is > ' ' and < '\x7f' and not '"')) throw new ArgumentException($"'{name}' is no name of a namespace.", nameof(name));
        var escaped = new StringBuilder();
        foreach (var c in name) escaped.Append(@"\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal) ? $@"\{c}" : $"{c}");
        return escaped.ToString();
    }
}
