using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Babyhelm.Core.Common;
using Babyhelm.Core.Common.Outbound;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications.Registries;

public enum ProbeVerdict
{
    /// <summary>The registry took the credentials.</summary>
    Accepted,

    /// <summary>It refused them.</summary>
    Refused,

    /// <summary>It could not be asked, or did not say.</summary>
    Untold,
}

/// <param name="Notice">Why the verdict is not the best one, in a sentence; null where it is.</param>
public sealed record RegistryProof(ProbeVerdict Verdict, string? Notice);

/// <summary>Asks a registry whether it takes credentials, by version 2 of its API: with Basic, or through the token service that it names.</summary>
public sealed class RegistryProbe(GuardedHttp http)
{
    private const string HubHost = "registry-1.docker.io";

    public async Task<RegistryProof> AskAsync(string host, string userName, string password, CancellationToken cancellation)
    {
        var root = Root(host);
        if ((await GetAsync(root, null, cancellation)).Failed(out var error, out var first)) return Untold(error.Public);
        if (first.Status == HttpStatusCode.OK) return Untold($"{host} answers everybody, so the user name and the password could not be tested.");
        if (first.Status != HttpStatusCode.Unauthorized) return Untold($"{host} answered {(int)first.Status}, not as a registry does.");

        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{userName}:{password}")));
        if (first.Headers.WwwAuthenticate.FirstOrDefault(c => Is(c, "Bearer")) is not { } bearer)
            return first.Headers.WwwAuthenticate.Any(c => Is(c, "Basic")) ? await JudgeAsync(host, root, basic, cancellation)
                : Untold($"{host} asks for a kind of sign-in that Babyhelm does not know.");

        if (TokenAddress(root, bearer.Parameter, userName) is not { } service) return Untold($"{host} names no token service that can be asked.");
        if ((await GetAsync(service, basic, cancellation)).Failed(out error, out var answer)) return Untold(error.Public);
        if (answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest) return Refused(host);
        return answer.Status == HttpStatusCode.OK && Token(answer.Body) is { } token
            ? await JudgeAsync(host, root, new AuthenticationHeaderValue("Bearer", token), cancellation)
            : Untold($"The token service of {host} answered {(int)answer.Status} and gave no token.");
    }

    private async Task<RegistryProof> JudgeAsync(string host, Uri root, AuthenticationHeaderValue credentials, CancellationToken cancellation) =>
        (await GetAsync(root, credentials, cancellation)).Failed(out var error, out var answer) ? Untold(error.Public) : answer.Status switch
        {
            HttpStatusCode.OK => new RegistryProof(ProbeVerdict.Accepted, null),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused(host),
            _ => Untold($"{host} answered {(int)answer.Status}, not as a registry does."),
        };

    private async Task<Result<GuardedAnswer>> GetAsync(Uri address, AuthenticationHeaderValue? credentials, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = credentials;
        return await http.SendAsync(request, cancellation);
    }

    private static RegistryProof Untold(string notice) => new(ProbeVerdict.Untold, notice);

    private static RegistryProof Refused(string host) => new(ProbeVerdict.Refused, $"{host} refuses this user name and password.");

    private static bool Is(AuthenticationHeaderValue challenge, string scheme) => string.Equals(challenge.Scheme, scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>As container runtimes have it, a registry on the loopback address speaks plain HTTP and every other TLS.</summary>
    private static Uri Root(string host)
    {
        var at = new Uri($"https://{(host == ImageReference.DefaultRegistry ? HubHost : host)}/v2/");
        return at.IsLoopback ? new UriBuilder(at) { Scheme = "http", Port = at.IsDefaultPort ? 80 : at.Port }.Uri : at;
    }

    /// <summary>The address of <c>realm="…",service="…"</c>; null where it is none, or would send the password unencrypted.</summary>
    private static Uri? TokenAddress(Uri root, string? challenge, string userName)
    {
        var parameters = Parameters(challenge ?? "");
        if (!Uri.TryCreate(parameters.GetValueOrDefault("realm"), UriKind.Absolute, out var realm)) return null;
        if (realm.Scheme != Uri.UriSchemeHttps && !(realm.Scheme == Uri.UriSchemeHttp && root.Scheme == Uri.UriSchemeHttp && realm.IsLoopback)) return null;
        var query = new StringBuilder(realm.Query).Append(realm.Query.Length == 0 ? '?' : '&').Append("account=").Append(Uri.EscapeDataString(userName));
        if (parameters.TryGetValue("service", out var service)) query.Append("&service=").Append(Uri.EscapeDataString(service));
        return new UriBuilder(realm) { Query = query.ToString() }.Uri;
    }

    private static Dictionary<string, string> Parameters(string challenge)
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < challenge.Length;)
        {
            var equals = challenge.IndexOf('=', at);
            if (equals < 0) break;
            var name = challenge[at..equals].Trim(' ', ',');
            var quoted = equals + 1 < challenge.Length && challenge[equals + 1] == '"';
            var start = quoted ? equals + 2 : equals + 1;
            var end = challenge.IndexOf(quoted ? '"' : ',', start);
            if (end < 0) end = challenge.Length;
            found.TryAdd(name, challenge[start..end]);
            at = end + 1;
        }
        return found;
    }

    private static string? Token(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (var name in new[] { "token", "access_token" })
                if (json.RootElement.TryGetProperty(name, out var token) && token.ValueKind == JsonValueKind.String && token.GetString() is { Length: > 0 } text
                    && text.All(c => c is > ' ' and < '\x7f')) return text;
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for half a surrogate pair
        {
            return null;
        }
    }
}
