using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>
/// When certificates of ingresses end, read from their secrets on the cluster. Of a secret only <c>tls.crt</c>, which is public, is
/// looked at. Asked once an hour for each, and each minute while there is no answer.
/// </summary>
internal sealed class CertificateDates(KubernetesClient cluster)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);
    private static readonly TimeSpan AskSoon = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Namespace, string Name), (DateTimeOffset Until, bool Asked, DateTimeOffset? End)> _known = new();

    /// <returns>Whether the cluster said something, and when the certificate ends; null where there is none to read.</returns>
    public async Task<(bool Asked, DateTimeOffset? End)> EndAsync(string ns, string secret, DateTimeOffset now, CancellationToken cancellation)
    {
        if (_known.TryGetValue((ns, secret), out var known) && known.Until > now) return (known.Asked, known.End);
        foreach (var (key, _) in _known.Where(k => k.Value.Until + AskAgain < now)) _known.TryRemove(key, out _);
        var failed = (await cluster.GetAsync(ResourceType.Secrets, ns, secret, cancellation)).Failed(out var error, out var found);
        var asked = !failed || error is KubernetesError { IsNotFound: true };
        var end = failed ? null : EndOf(found!);
        _known[(ns, secret)] = (now + (end is null ? AskSoon : AskAgain), asked, end);
        return (asked, end);
    }

    private static DateTimeOffset? EndOf(JsonObject secret)
    {
        if (secret["data"]?["tls.crt"] is not JsonValue value || !value.TryGetValue<string>(out var base64)) return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(base64)));
            return new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null; // no certificate
        }
    }
}
