using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Projects;

/// <summary>Section <c>Projects</c>.</summary>
public sealed class ProjectOptions
{
    /// <summary>Every namespace's name is this and the project's name: no project can be named after a system namespace.</summary>
    [RegularExpression("^(?!kube-)[a-z][a-z0-9-]{0,30}-$", ErrorMessage = "Projects:NamespacePrefix must be up to 32 lower-case letters, digits and dashes, start with a letter (not with kube-) and end with a dash.")]
    public string NamespacePrefix { get; set; } = "bh-";

    /// <summary>Networks (CIDR) of gateways that run outside the cluster; the projects' network policies let them in.</summary>
    public IReadOnlyList<string> GatewayNetworks { get; set; } = [];
}
