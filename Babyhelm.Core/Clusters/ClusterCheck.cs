namespace Babyhelm.Core.Clusters;

public enum CheckStatus
{
    Ok,

    /// <summary>Something is off or about to be; the rest works.</summary>
    Warn,

    /// <summary>Babyhelm can't do what it is for.</summary>
    Fail,

    /// <summary>Not found out yet, or not to be found out.</summary>
    Unknown,
}

/// <summary>One line of the preflight, in plain words.</summary>
/// <param name="Id">Stable, for programs, for example <c>permissions</c> or <c>api:autoscaling/v2</c>.</param>
/// <param name="Title">What was looked at, or what is wrong: a short phrase.</param>
/// <param name="Found">What was seen; may be empty.</param>
/// <param name="Meaning">What it means for applications and people; null where all is well.</param>
/// <param name="Remedy">What to do; null where there is nothing to do.</param>
public sealed record ClusterCheck(string Id, CheckStatus Status, string Title, string Found, string? Meaning = null, string? Remedy = null);
