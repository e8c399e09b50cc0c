using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>
/// Puts values in the place of variables, as Compose does: <c>$NAME</c>, <c>${NAME}</c>, with <c>:-</c> or <c>-</c> a default,
/// with <c>:+</c> or <c>+</c> another value where it is set, with <c>:?</c> or <c>?</c> a fault where it is not; <c>$$</c> is a dollar.
/// Values come from the caller alone: the environment of this process is never looked at.
/// </summary>
internal sealed class ComposeVariables(IReadOnlyDictionary<string, string> values)
{
    private const int MaxNesting = 10;

    /// <summary>Longest value, in characters.</summary>
    public const int MaxValue = 8 * 1024;

    /// <summary>Longest that all texts together may become, in characters, with the parts that are not used in the end.</summary>
    private const int MaxTotal = 4 * 1024 * 1024;

    private readonly HashSet<string> _unset = new(StringComparer.Ordinal);
    private long _total;
    private bool _over;

    /// <summary>Names without a value and a default: they became nothing.</summary>
    public IReadOnlyCollection<string> Unset => _unset;

    public List<Fault> Faults { get; } = [];

    /// <summary>Fills all texts of the node; keys stay as they are.</summary>
    public JsonNode? Fill(JsonNode? node, string field)
    {
        if (_over) return null;
        switch (node)
        {
            case JsonObject fields:
                var filled = new JsonObject();
                foreach (var (name, value) in fields) filled[name] = Fill(value, field.Length == 0 ? ComposeNotes.Show(name) : $"{field}.{ComposeNotes.Show(name)}");
                return filled;
            case JsonArray items:
                var list = new JsonArray();
                for (var i = 0; i < items.Count; i++) list.Add(Fill(items[i], $"{field}[{i}]"));
                return list;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                return Text(value.GetValue<string>(), field);
            default:
                return node?.DeepClone();
        }
    }

    private string Text(string text, string field)
    {
        if (!text.Contains('$')) return text;
        var at = 0;
        return Read(text, ref at, field, nesting: 0);
    }

    /// <param name="nesting">Above 0: within braces, up to the one that closes them.</param>
    private string Read(string text, ref int at, string field, int nesting)
    {
        var made = new StringBuilder();
        while (at < text.Length && !_over)
        {
            var c = text[at++];
            if (c == '}' && nesting > 0)
            {
                at--;
                break;
            }
            if (c != '$') Append(text.AsSpan(at - 1, 1));
            else if (at < text.Length && text[at] == '$')
            {
                Append("$");
                at++;
            }
            else if (at < text.Length && text[at] == '{')
            {
                at++;
                Append(Braced(text, ref at, field, nesting));
            }
            else if (Name(text, ref at) is { Length: > 0 } name) Append(Get(name));
            else
            {
                Fault(field, "A dollar begins a variable here; write $$ for the dollar itself.");
                return "";
            }
        }
        return made.ToString();

        void Append(ReadOnlySpan<char> part)
        {
            if (_over) return;
            _over = (_total += part.Length) > MaxTotal;
            if (_over) Fault(field, "The variables make the file too long.");
            else made.Append(part);
        }
    }

    private string Braced(string text, ref int at, string field, int nesting)
    {
        var name = Name(text, ref at);
        var rest = text.AsSpan(at);
        var sign = rest.StartsWith(":") && rest.Length > 1 ? rest[..2].ToString() : rest.Length > 0 ? rest[..1].ToString() : "";
        var other = "";
        if (sign is ":-" or "-" or ":+" or "+" or ":?" or "?")
        {
            at += sign.Length;
            if (nesting >= MaxNesting)
            {
                Fault(field, $"Variables are nested more than {MaxNesting} deep.");
                at = text.Length;
                return "";
            }
            other = Read(text, ref at, field, nesting + 1);
            if (_over) return "";
        }
        if (name.Length == 0 || at >= text.Length || text[at] != '}')
        {
            Fault(field, "This is no variable; write ${NAME} or ${NAME:-default}, and $$ for the dollar itself.");
            at = text.Length;
            return "";
        }
        at++;
        var set = values.TryGetValue(name, out var value) && (value.Length > 0 || !sign.StartsWith(':'));
        switch (sign)
        {
            case ":-" or "-": return set ? value! : other;
            case ":+" or "+": return set ? other : "";
            case ":?" or "?" when !set:
                Fault(field, $"{name} has to be given{(other.Length == 0 ? "." : $": {ComposeNotes.Show(other)}")}");
                return "";
            default: return Get(name);
        }
    }

    private string Get(string name)
    {
        if (values.TryGetValue(name, out var value)) return value;
        if (_unset.Count < 500) _unset.Add(name);
        return "";
    }

    private static string Name(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && (text[at] == '_' || char.IsAsciiLetter(text[at]) || (at > start && char.IsAsciiDigit(text[at])))) at++;
        return text[start..at];
    }

    private void Fault(string field, string message)
    {
        if (Faults.Count < 100) Faults.Add(new Fault(field, message));
    }
}
