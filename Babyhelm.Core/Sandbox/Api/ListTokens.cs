using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The continue tokens of lists that come in parts.</summary>
internal static class ListTokens
{
    public static string Write(long version, string start) => Convert.ToBase64String(Json.Bytes(new JsonObject
    {
        ["v"] = "meta.k8s.io/v1",
        ["rv"] = version,
        ["start"] = start,
    })).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>The version and the key behind which to go on, or null for no token of ours.</summary>
    public static (long Version, string Start)? Read(string token)
    {
        try
        {
            var text = token.Replace('-', '+').Replace('_', '/');
            var json = Json.ParseObject(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
            return json.Int("rv") is { } version && json.Str("start") is { } start ? (version, start) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException)
        {
            return null;
        }
    }
}
