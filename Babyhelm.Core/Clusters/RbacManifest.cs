using System.Text;

namespace Babyhelm.Core.Clusters;

/// <summary>An account for Babyhelm with just the <see cref="Permissions"/>, as YAML for <c>kubectl apply</c>.</summary>
public static class RbacManifest
{
    public const string AccountNamespace = "babyhelm";
    private const string Name = "babyhelm";

    /// <summary>The cluster role alone: for an account that is there already.</summary>
    public static string Role { get; } = WriteRole();

    /// <summary>Namespace, service account, cluster role and the binding between them.</summary>
    public static string Account { get; } = $"""
        apiVersion: v1
        kind: Namespace
        metadata:
          name: {AccountNamespace}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: {Name}
          namespace: {AccountNamespace}
        ---
        {Role}---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: {Name}
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: {Name}
        subjects:
          - kind: ServiceAccount
            name: {Name}
            namespace: {AccountNamespace}

        """;

    private static string WriteRole()
    {
        var text = new StringBuilder($"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: {Name}
            rules:

            """);
        foreach (var permission in Permissions.All)
        {
            text.Append($"  # to {permission.Purpose}\n");
            text.Append($"  - apiGroups: [\"{permission.Type.Group}\"]\n");
            text.Append($"    resources: [{permission.Resource}]\n");
            text.Append($"    verbs: [{string.Join(", ", permission.Verbs)}]\n");
        }
        return text.ToString();
    }
}
