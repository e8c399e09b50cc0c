using System.Text;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes;

/// <summary>The API server refused or failed a request.</summary>
/// <param name="Code"><c>cluster-</c> and the reason in kebab-case, for example <c>cluster-not-found</c>.</param>
/// <param name="Message">One plain sentence, with what the server said.</param>
/// <param name="Status">HTTP status, or the code of the Status in an ERROR event.</param>
/// <param name="Reason">The server's word (<c>NotFound</c>, <c>Conflict</c>, <c>Invalid</c> …); where it gave none, the one that
/// belongs to the HTTP status. <see cref="NotServed"/> for a path that the API does not have.</param>
/// <param name="ServerMessage">What the server said, unchanged but for quoted parts of the request, which are left out.</param>
/// <param name="Causes">Broken fields, as the server lists them; often empty.</param>
/// <param name="RetryAfter">How long the server asked to wait, where it did.</param>
public sealed record KubernetesError(
    string Code, string Message, int Status, string Reason, string ServerMessage,
    IReadOnlyList<StatusCause> Causes, TimeSpan? RetryAfter = null) : Error(Code, Message)
{
    /// <summary>Reason for an API (group, version or resource) that the cluster does not serve at all.</summary>
    public const string NotServed = "NotServed";

    /// <summary>Reason for an answer that no Kubernetes API gives, for example a proxy's web page.</summary>
    public const string NotKubernetes = "NotKubernetes";

    /// <summary>Reason for a success whose body this client does not understand.</summary>
    public const string Garbled = "Garbled";

    /// <summary>The object is not there; false where the whole API is missing.</summary>
    public bool IsNotFound => Reason == "NotFound";
    public bool IsAlreadyExists => Reason == "AlreadyExists";
    public bool IsConflict => Reason == "Conflict";
    public bool IsInvalid => Reason == "Invalid";
    public bool IsForbidden => Reason == "Forbidden";
    public bool IsNotServed => Reason == NotServed;

    /// <summary>The resource version or continue token is too old: list again.</summary>
    public bool IsExpired => Status == 410 || Reason is "Expired" or "Gone";

    /// <summary>The namespace is being deleted and takes nothing new.</summary>
    public bool IsNamespaceTerminating => Causes.Any(c => c.Reason == "NamespaceTerminating");

    /// <summary>Fields that another manager owns, from an apply without force.</summary>
    public IEnumerable<StatusCause> FieldConflicts => Causes.Where(c => c.Reason == "FieldManagerConflict");

    internal static string CodeOf(string reason)
    {
        var code = new StringBuilder("cluster");
        foreach (var c in reason)
            if (char.IsAsciiLetterUpper(c)) code.Append('-').Append(char.ToLowerInvariant(c));
            else if (char.IsAsciiLetterOrDigit(c)) code.Append(c);
        return code.ToString();
    }
}

/// <summary>One entry of a Status' <c>details.causes</c>.</summary>
/// <param name="Field">Path of the field, for example <c>spec.replicas</c>; empty where the cause has none.</param>
public sealed record StatusCause(string? Reason, string? Message, string? Field)
{
    public string Reason { get; init => field = value ?? ""; } = Reason ?? "";
    public string Message { get; init => field = value ?? ""; } = Message ?? "";
    public string Field { get; init => field = value ?? ""; } = Field ?? "";
}

/// <summary>No kubeconfig is named and the process does not run in a cluster.</summary>
public sealed record NoClusterConfigured() : Error("no-cluster",
    "No cluster is configured: set Kubernetes:KubeConfig or KUBECONFIG to a kubeconfig file, or run Babyhelm in a cluster.");

/// <summary>The configuration of the cluster cannot be used.</summary>
/// <param name="Message">Names the file, what is wrong and what to do.</param>
public sealed record ClusterConfigInvalid(string Message) : Error("cluster-config-invalid", Message)
{
    public override string Public => Unreachable;

    /// <summary>What everybody may read of a cluster whose address or configuration is at fault.</summary>
    internal const string Unreachable = "The cluster can't be reached.";
}
