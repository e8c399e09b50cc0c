using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>How to run a credential plugin.</summary>
/// <param name="Where">File and user, to begin error messages with.</param>
/// <param name="Cluster">The cluster as the plugin gets to see it, or null where it is not asked for.</param>
internal sealed record ExecSettings(
    string Where, string ApiVersion, string Command, IReadOnlyList<string> Arguments,
    IReadOnlyList<KeyValuePair<string, string>> Environment, string? InstallHint, JsonObject? Cluster);

/// <summary>Credentials from a program, as client.authentication.k8s.io describes it. One run at a time; the answer is
/// kept until shortly before it expires or the server refuses it.</summary>
internal sealed class ExecPlugin(ExecSettings settings) : CredentialSource
{
    /// <summary>Before the expiry that the plugin names.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Held? _held;

    private sealed record Held(Credential Credential, DateTimeOffset? Until);

    internal override async ValueTask<Result<Credential>> GetAsync(TimeProvider time, CancellationToken cancellation)
    {
        if (Current(time) is { } held) return held;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (Current(time) is { } renewed) return renewed;
            if (!(await PluginProcess.RunAsync(settings, time, cancellation)).Ok(out var output, out var error)) return error;
            if (!Parse(output).Ok(out var fresh, out error)) return error;
            _held = fresh;
            return fresh.Credential;
        }
        finally
        {
            _turn.Release();
        }
    }

    internal override bool Renew(Credential refused)
    {
        if (_held is { } held && ReferenceEquals(held.Credential, refused)) Interlocked.CompareExchange(ref _held, null, held);
        return true;
    }

    private Credential? Current(TimeProvider time) =>
        _held is { } held && (held.Until is not { } until || time.GetUtcNow() < until - Margin) ? held.Credential : null;

    private Result<Held> Parse(byte[] output)
    {
        ExecCredentialBody? body;
        try
        {
            body = JsonSerializer.Deserialize(output, KubernetesJson.Of<ExecCredentialBody>());
        }
        catch (JsonException)
        {
            return Fault("printed something that is not JSON");
        }
        if (body is not { Kind: "ExecCredential", Status: { } status }) return Fault("printed no ExecCredential with a status");
        if (body.ApiVersion != settings.ApiVersion)
            return Fault($"answered as {body.ApiVersion}, but the kubeconfig says {settings.ApiVersion}; set apiVersion to what the plugin speaks");

        ClientCertificate? certificate = null;
        if (status.ClientCertificateData is not null || status.ClientKeyData is not null)
        {
            if (!Certificates.Client(status.ClientCertificateData ?? "", status.ClientKeyData ?? "").Ok(out certificate, out var problem))
                return Fault($"gave a client certificate that {problem.Message}");
        }
        if (string.IsNullOrEmpty(status.Token) && certificate is null) return Fault("gave neither a token nor a client certificate");
        if (status.Token?.Any(c => c is <= ' ' or > '~') == true) return Fault("gave a token with characters that no token has");
        return new Held(new(string.IsNullOrEmpty(status.Token) ? null : $"Bearer {status.Token}", certificate), status.ExpirationTimestamp);
    }

    private Unavailable Fault(string what) => new($"{settings.Where}: the credential plugin '{settings.Command}' {what}.", "cluster-credentials")
    {
        ForEverybody = ClusterConfigInvalid.Unreachable,
    };
}
