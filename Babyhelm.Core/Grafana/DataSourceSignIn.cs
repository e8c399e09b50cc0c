using System.Net;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Grafana;

/// <summary>
/// Finds out for whom Grafana's data source asks. That it is Grafana, the token says, which only Grafana's configuration has, and the
/// network it comes from; for which of its users, Grafana says, which knows them from <see cref="GrafanaProxy"/> alone.
/// </summary>
public sealed class DataSourceSignIn(IDbContextFactory<BabyhelmDbContext> contexts, IOptions<GrafanaOptions> options)
{
    private readonly byte[]? _token = options.Value.DataSourceToken is { Length: > 0 } token ? Hash(token) : null;
    private readonly IPNetwork[] _networks = [.. options.Value.Networks];

    /// <summary>The user as of now, with no more than the right to read; null for a wrong token, a foreign address, and a user who is unknown, locked or has a step due.</summary>
    public async Task<Caller?> FindAsync(string token, string login, IPAddress? address, CancellationToken cancellation)
    {
        if (_token is null || !CryptographicOperations.FixedTimeEquals(Hash(token), _token)) return null;
        if (address is null || !IsExpected(address) || GrafanaLogin.Parse(login) is not { } id) return null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var user = await UserStanding.Of(db).FirstOrDefaultAsync(u => u.Id == id && !u.Locked && !u.MustResetPassword, cancellation);
        return user?.Due(user.HasSecondFactor) == DueStep.None
            ? new Caller(user.Id, user.Email, user.Role == PlatformRole.Admin) { Scope = AccessScope.Read, Address = address.ToString() }
            : null;
    }

    private bool IsExpected(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain) || _networks.Any(network => network.Contains(plain));
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
