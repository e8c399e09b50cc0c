using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes;

public enum ChangeKind
{
    /// <summary>New, or other than before.</summary>
    Applied,
    Deleted,
}

/// <summary>A change of an object.</summary>
/// <param name="Object">As it is now; for a deletion as it was last seen.</param>
public sealed record ResourceChange<T>(ChangeKind Kind, T Object);

/// <summary>How an informer is doing.</summary>
/// <param name="Synced">It has had the whole state once.</param>
/// <param name="LastContact">When the cluster last answered or sent something.</param>
/// <param name="LastError">Why it has no contact now; null while all is well.</param>
/// <param name="Relists">How often the whole state was read, the first time included.</param>
/// <param name="Objects">How many it holds.</param>
public sealed record InformerStatus(bool Synced, DateTimeOffset? LastContact, Error? LastError, int Relists, int Objects)
{
    /// <summary>Since when it has no contact; null while all is well. Until then it heard every change.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>What the cluster said in place of the objects of an optional type: that it does not serve it, or not to this
    /// account. Null while it can be read. What is held then may be old.</summary>
    public KubernetesError? Unserved { get; init; }
}

/// <summary>How an informer reads a type.</summary>
/// <param name="MetadataOnly">Nothing but the metadata is asked for, so that the rest never comes into this process.</param>
/// <param name="Optional">A cluster that does not serve the type, or not to this account, is no failure: see <see cref="InformerStatus.Unserved"/>.</param>
public sealed record InformerOptions(bool MetadataOnly = false, bool Optional = false);
