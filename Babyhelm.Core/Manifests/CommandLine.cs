using System.Text;

namespace Babyhelm.Core.Manifests;

/// <summary>
/// A command as people type it: words apart by blanks, quotes hold words together, a backslash takes the next character
/// as it is (but not in single quotes). Nothing is expanded: no shell runs.
/// </summary>
public static class CommandLine
{
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var open = false; // a word has begun, maybe an empty one
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                open = true;
            }
            else if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                open = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                if (open) words.Add(word.ToString());
                word.Clear();
                open = false;
            }
            else
            {
                word.Append(c);
                open = true;
            }
        }
        if (open) words.Add(word.ToString());
        return words;
    }

    /// <summary>Text that <see cref="Split"/> takes apart into the same words.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && !word.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\')
            ? word
            : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
