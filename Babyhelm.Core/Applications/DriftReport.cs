using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Applications;

/// <summary>How the cluster differs from a live release because somebody else changed or deleted its objects.</summary>
/// <param name="Since">When Babyhelm first saw it.</param>
/// <param name="Objects">At least one.</param>
public sealed record DriftReport(DateTimeOffset Since, IReadOnlyList<DriftedObject> Objects)
{
    /// <summary>Whether applying the release again can put anything right.</summary>
    public bool CanBeRepaired() => Objects.Any(o => o.Problem is null);

    /// <summary>For the audit log: which objects, in short.</summary>
    public string Summarize() => string.Join(", ", Objects.Select(o => o.Summarize()));
}

/// <param name="Missing">It was deleted; there are no fields then.</param>
/// <param name="Fields">What differs.</param>
/// <param name="Problem">Why the object can't be put right by applying it; null where it can.</param>
public sealed record DriftedObject(string Kind, string Name, bool Missing, IReadOnlyList<FieldDifference> Fields, string? Problem = null)
{
    public string Summarize() => Missing
        ? $"{Kind} {Name} deleted"
        : $"{Kind} {Name} changed{(Fields.Count == 0 ? "" : $" ({string.Join(", ", Fields.Take(3).Select(f => f.Path))}{(Fields.Count > 3 ? ", …" : "")})")}";
}
