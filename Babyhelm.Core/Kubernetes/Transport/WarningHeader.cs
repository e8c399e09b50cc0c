using System.Text;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Texts of <c>Warning: 299 - "text"</c> headers (RFC 7234, section 5.5), in their order, each once.</summary>
internal static class WarningHeader
{
    private const int Most = 50;

    internal static IReadOnlyList<string> Read(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Warning", out var values)) return [];
        var texts = new List<string>();
        foreach (var value in values)
            foreach (var text in Texts(value))
                if (texts.Count < Most && !texts.Contains(text)) texts.Add(text);
        return texts;
    }

    /// <summary>Each quoted string that follows a code and an agent; a date may follow it.</summary>
    internal static IEnumerable<string> Texts(string header)
    {
        for (var at = 0; at < header.Length;)
        {
            var open = header.IndexOf('"', at);
            if (open < 0) yield break;
            var isText = header.AsSpan(at, open - at).TrimStart(" ,").IndexOf(' ') == 3;
            var text = new StringBuilder();
            for (at = open + 1; at < header.Length && header[at] != '"'; at++)
            {
                if (header[at] == '\\' && at + 1 < header.Length) at++;
                if (!char.IsControl(header[at])) text.Append(header[at]);
            }
            at++;
            if (isText && text.Length > 0) yield return text.ToString();
        }
    }
}
