using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>TLS as the configuration asks for it, with refusals that say why.</summary>
internal static class ServerTrust
{
    internal static SslClientAuthenticationOptions Options(ClusterConfig config, ClientCertificate? certificate)
    {
        var options = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = certificate?.Context,
            RemoteCertificateValidationCallback = (_, server, chain, faults) =>
                config.SkipsTlsVerification || Check(config, server as X509Certificate2, chain, faults),
        };
        if (config.Authorities is not { } authorities) return options;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ExtraStore.AddRange(authorities);
        options.CertificateChainPolicy = policy;
        return options;
    }

    private static bool Check(ClusterConfig config, X509Certificate2? server, X509Chain? chain, SslPolicyErrors faults)
    {
        if (faults.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && EndsAtAuthority(config, chain))
            faults &= ~SslPolicyErrors.RemoteCertificateChainErrors;
        if (faults == SslPolicyErrors.None) return true;
        throw new AuthenticationException(Reason(config, server, chain, faults));
    }

    /// <summary>A configured CA is trusted even if it is an intermediate, as other clients do it.</summary>
    private static bool EndsAtAuthority(ClusterConfig config, X509Chain? chain) =>
        chain is { ChainElements.Count: > 1 } && config.Authorities is { } authorities
        && chain.ChainStatus.All(s => s.Status is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.NoError)
        && authorities.Any(a => a.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span));

    private static string Reason(ClusterConfig config, X509Certificate2? server, X509Chain? chain, SslPolicyErrors faults)
    {
        if (server is null) return "it shows no certificate";
        if (faults.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"its certificate is for other names ({Names(server)}); correct the address or set tls-server-name in the kubeconfig";
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status) ?? default;
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return $"its certificate, or the CA's, is valid from {server.NotBefore.ToUniversalTime():u} to {server.NotAfter.ToUniversalTime():u} only";
        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
            return config.Authorities is null
                ? "its certificate is not signed by a CA that this system trusts; set certificate-authority in the kubeconfig"
                : "its certificate is not signed by the configured CA; correct certificate-authority in the kubeconfig";
        return $"its certificate is not acceptable ({status})";
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString()))).Take(6).ToList();
        return names.Count > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }
}
