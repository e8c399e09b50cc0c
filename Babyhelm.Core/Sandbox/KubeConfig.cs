using System.Text;

namespace Babyhelm.Core.Sandbox;

internal static class KubeConfig
{
    /// <summary>A kubeconfig of one cluster, one user and one context, all named <c>sandbox</c>.</summary>
    public static string Write(Uri server, string authorityPem, string token) => $"""
        apiVersion: v1
        kind: Config
        current-context: sandbox
        clusters:
        - name: sandbox
          cluster:
            server: {server.GetLeftPart(UriPartial.Authority)}
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(authorityPem + "\n"))}
        contexts:
        - name: sandbox
          context:
            cluster: sandbox
            user: sandbox
        users:
        - name: sandbox
          user:
            token: {token}

        """.ReplaceLineEndings("\n");
}
