using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Accounts;

namespace Babyhelm.Core.Grafana;

/// <summary>
/// What Grafana calls a user: the id, which nobody chooses and nobody else ever gets. Grafana takes two users for one when they have
/// the same login or e-mail address, and lets each change their own: so the address that it is told can't be worked out by users, and
/// <see cref="GrafanaWrites"/> lets no change of a profile pass.
/// </summary>
/// <param name="dataSourceToken">Known to Babyhelm and Grafana alone; with another one all get other addresses, and stay who they are.</param>
internal sealed class GrafanaLogin(string dataSourceToken)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(dataSourceToken);

    public static string Of(Guid user) => user.ToString("N");

    /// <summary>Null for what <see cref="Of"/> does not write.</summary>
    public static Guid? Parse(string login) => Guid.TryParseExact(login, "N", out var id) && Of(id) == login ? id : null;

    /// <summary>Belongs to nobody: the domain never exists (RFC 6761, 6.4).</summary>
    public string Email(Guid user) => $"{Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"Grafana's e-mail address of {Of(user)}")))}@babyhelm.invalid";

    /// <summary>For people to read; null where a header can't hold it.</summary>
    public static string? Name(Caller caller) => caller.Email.Length > 0 && caller.Email.All(c => c is > ' ' and < '\x7f') ? caller.Email : null;
}
