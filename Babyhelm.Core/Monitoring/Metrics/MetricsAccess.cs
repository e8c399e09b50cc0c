using System.Net;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// Who may read the metrics, which name every project and application. With a token, whoever has it. Without one, only who asks
/// on this machine, and only where browsers reach Babyhelm on this machine too: behind a public address, what comes from here may be
/// what a proxy passes on. Other pods may not, as tenants have those too.
/// </summary>
public sealed class MetricsAccess(IOptions<MetricsOptions> options, IOptions<PublicOptions> addresses)
{
    private const string Scheme = "Bearer ";

    // A proxy on this machine comes from the loopback address too, but it says so.
    private static readonly string[] SignsOfAProxy = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", HeaderNames.Via, "Forwarded"];

    // A data source on this machine asks for one of Grafana's users, who is not who asks on this machine.
    private static readonly string[] SignsOfGrafana = [DataSourceHeaders.Token, DataSourceHeaders.User];

    private readonly byte[]? _token = options.Value.Token is { } token ? Hash(token) : null;

    /// <summary>Whether a token is wanted.</summary>
    public bool WantsToken => _token is not null;

    public bool Allows(HttpContext http) => !SignsOfGrafana.Any(http.Request.Headers.ContainsKey) && (_token is null ? IsLocal(http) : Carries(http.Request, _token));

    private static bool Carries(HttpRequest request, byte[] token) =>
        request.Headers.Authorization is [{ } given] && given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(given[Scheme.Length..].Trim()), token);

    private bool IsLocal(HttpContext http)
    {
        if (!addresses.Value.Url.IsLoopback) return false;
        if (http.Connection.RemoteIpAddress is not { } from || !IPAddress.IsLoopback(from)) return false;
        if (SignsOfAProxy.Any(http.Request.Headers.ContainsKey)) return false;
        var host = http.Request.Host.Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
