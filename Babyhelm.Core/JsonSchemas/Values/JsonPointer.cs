using System.Text;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Pointers of RFC 6901 to values of a text.</summary>
internal static class JsonPointer
{
    /// <summary>Pointer to a token; a name has that of its value. Empty for the root.</summary>
    public static string To(JsonText text, int target, int root = 0)
    {
        var pointer = new StringBuilder();
        var at = root;
        while (at != target)
        {
            var container = text.Tokens[at];
            var isObject = container.Kind == JsonKind.Object;
            var (child, ordinal) = (at + 1, 0);
            while (true)
            {
                var value = isObject ? child + 1 : child;
                if (target < text.After(value))
                {
                    pointer.Append('/').Append(isObject ? Escape(Encoding.UTF8.GetString(text.TextOf(child))) : ordinal.ToString());
                    at = child == target ? target : value;
                    break;
                }
                child = text.After(value);
                ordinal++;
            }
        }
        return pointer.ToString();
    }

    public static string Escape(string name) => name.Contains('~') || name.Contains('/') ? name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal) : name;

    /// <summary>Null where the escapes are broken.</summary>
    public static string? Unescape(string step)
    {
        for (var i = step.IndexOf('~', StringComparison.Ordinal); i >= 0; i = step.IndexOf('~', i + 1))
            if (i + 1 == step.Length || step[i + 1] is not ('0' or '1')) return null;
        return step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
