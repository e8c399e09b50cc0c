using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>Turns a kubeconfig's cluster and user into a <see cref="ClusterConfig"/>.</summary>
internal static class KubeConfigCluster
{
    internal static ClusterConfig Build(KubeEntry cluster, KubeEntry? user, KubernetesOptions options, string source, string? ns)
    {
        var address = cluster.Text("server") ?? throw cluster.Fault("has no 'server'. Add the address of the API server");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var server) || server.Scheme is not ("https" or "http"))
            throw cluster.Fault($"has the server '{address}', which is no http or https address");

        var skip = cluster.Flag("insecure-skip-tls-verify");
        if (skip && !options.AllowInsecure)
            throw cluster.Fault("switches TLS verification off (insecure-skip-tls-verify). Give its certificate-authority instead, or set Kubernetes:AllowInsecure to true");

        Uri? proxy = null;
        if (cluster.Text("proxy-url") is { } proxyUrl && !Uri.TryCreate(proxyUrl, UriKind.Absolute, out proxy))
            throw cluster.Fault("has a 'proxy-url' that is no address");

        var authorityPem = cluster.Pem("certificate-authority");
        var authorities = authorityPem is null ? null : Authorities(cluster, authorityPem);
        var certificate = user is null ? null : Certificate(user);
        var credentials = user is null ? CredentialSource.None : Credentials(user, cluster, server, authorityPem);
        if (server.Scheme == "http" && credentials != CredentialSource.None && !ClusterConfig.IsLoopback(server) && !options.AllowInsecure)
            throw cluster.Fault($"would get the user's credentials without TLS ({address}). Use https, or set Kubernetes:AllowInsecure to true");

        return new ClusterConfig
        {
            Server = server,
            Source = source,
            Namespace = ns,
            SkipsTlsVerification = skip,
            TlsServerName = cluster.Text("tls-server-name"),
            Authorities = authorities,
            Certificate = certificate,
            Credentials = credentials,
            Proxy = proxy,
            Headers = user is null ? [] : Impersonation(user),
        };
    }

    private static X509Certificate2Collection Authorities(KubeEntry cluster, string pem) =>
        Certificates.Authorities(() => pem).Ok(out var authorities, out var problem)
            ? authorities
            : throw cluster.Fault($"has a certificate-authority that {problem.Message}. Give the certificate of the cluster's CA in PEM form");

    private static ClientCertificate? Certificate(KubeEntry user)
    {
        var (certificate, key) = (user.Pem("client-certificate"), user.Pem("client-key"));
        if (certificate is null && key is null) return null;
        if (certificate is null) throw user.Fault("has a client-key without a client-certificate. Add the certificate");
        if (key is null) throw user.Fault("has a client-certificate without a client-key. Add the key");
        return Certificates.Client(certificate, key).Ok(out var client, out var problem)
            ? client
            : throw user.Fault($"has a client-certificate that {problem.Message}. Write certificate and key anew");
    }

    /// <summary>Of several, the order of kubectl: token file, token, name and password, plugin.</summary>
    private static CredentialSource Credentials(KubeEntry user, KubeEntry cluster, Uri server, string? authorityPem)
    {
        if (user.FilePath("tokenFile") is { } path)
            return File.Exists(path) ? new TokenFile(path) : throw user.Fault($"names {path} as 'tokenFile', which does not exist. Correct the path");
        if (user.Text("token") is { } token)
            return token.All(c => c is > ' ' and <= '~') ? new FixedToken(token) : throw user.Fault("has a token with characters that no token has. Write it anew");
        if (user.Text("username") is { } name) return new UserAndPassword(name, user.Text("password") ?? "");
        if (user.Part("exec") is { } exec) return new ExecPlugin(Exec(exec, user, cluster, server, authorityPem));
        if (user.Section("auth-provider") is not null)
            throw user.Fault("uses an auth-provider, which Kubernetes has given up. Use a credential plugin (exec) instead");
        return CredentialSource.None;
    }

    private static ExecSettings Exec(KubeEntry exec, KubeEntry user, KubeEntry cluster, Uri server, string? authorityPem)
    {
        var version = exec.Text("apiVersion");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
            throw exec.Fault($"has the apiVersion '{version}'. Use client.authentication.k8s.io/v1");
        if (exec.Text("interactiveMode") == "Always") throw exec.Fault("asks for a terminal (interactiveMode: Always), which a server has not. Use IfAvailable or Never");
        var command = exec.Text("command") ?? throw exec.Fault("has no 'command'. Name the plugin's program");
        if (command.Contains('/')) command = exec.FilePath("command")!;

        JsonObject? info = null;
        if (exec.Flag("provideClusterInfo"))
        {
            info = new JsonObject { ["server"] = server.OriginalString };
            if (cluster.Text("tls-server-name") is { } tlsName) info["tls-server-name"] = tlsName;
            if (cluster.Flag("insecure-skip-tls-verify")) info["insecure-skip-tls-verify"] = true;
            if (authorityPem is not null) info["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authorityPem));
        }
        return new ExecSettings(user.Where, version, command, exec.Texts("args"),
            [.. exec.Items("env").Select(e => KeyValuePair.Create(e.Text("name") ?? throw e.Fault("has an entry without a name"), e.Text("value") ?? ""))],
            exec.Text("installHint"), info);
    }

    private static List<(string, string)> Impersonation(KubeEntry user)
    {
        var headers = new List<(string, string)>();
        if (user.Text("as") is not { } name) return headers;
        headers.Add(("Impersonate-User", name));
        if (user.Text("as-uid") is { } uid) headers.Add(("Impersonate-Uid", uid));
        headers.AddRange(user.Texts("as-groups").Select(group => ("Impersonate-Group", group)));
        foreach (var (key, values) in user.Section("as-user-extra") ?? [])
            foreach (var value in values as JsonArray ?? [])
                headers.Add(("Impersonate-Extra-" + Uri.EscapeDataString(key), value?.ToString() ?? ""));
        return headers;
    }
}
