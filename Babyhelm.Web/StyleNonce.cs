using System.Buffers.Text;
using System.Security.Cryptography;

namespace Babyhelm.Web;

/// <summary>
/// What style elements of one page need to be heeded. The terminal's script makes such elements; nothing else does, and
/// nobody who does not know the number can add one.
/// </summary>
internal static class StyleNonce
{
    private const int Bytes = 18;
    private static readonly object Key = new();

    /// <summary>The nonce of this answer; made when first asked for.</summary>
    public static string Of(HttpContext http) => Find(http) ?? (string)(http.Items[Key] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes)));

    /// <summary>Null for an answer that has none.</summary>
    public static string? Find(HttpContext http) => http.Items[Key] as string;
}
