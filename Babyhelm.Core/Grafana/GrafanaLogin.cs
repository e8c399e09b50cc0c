using Babyhelm.Core.Accounts;

namespace Babyhelm.Core.Grafana;

/// <summary>
/// What Grafana calls a user: the id, which nobody chooses and nobody else ever gets. Grafana takes two users for one when they
/// have the same login or e-mail address, so it is told no address that somebody could have registered in order to become another.
/// </summary>
internal static class GrafanaLogin
{
    public const string Viewer = "Viewer";
    public const string Admin = "Admin";

    public static string Of(Guid user) => user.ToString("N");

    /// <summary>Null for what <see cref="Of"/> does not write.</summary>
    public static Guid? Parse(string login) => Guid.TryParseExact(login, "N", out var id) && Of(id) == login ? id : null;

    /// <summary>Belongs to nobody: the domain never exists (RFC 6761, 6.4).</summary>
    public static string Email(Guid user) => $"{Of(user)}@babyhelm.invalid";

    public static string Role(Caller caller) => caller.IsAdmin ? Admin : Viewer;

    /// <summary>For people to read; null where a header can't hold it.</summary>
    public static string? Name(Caller caller) => caller.Email.Length > 0 && caller.Email.All(c => c is > ' ' and < '\x7f') ? caller.Email : null;
}
