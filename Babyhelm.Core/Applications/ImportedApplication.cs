using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>One application of an import.</summary>
/// <param name="Source">The service or the file that it comes from.</param>
/// <param name="Spec">Without secret values; null where there is none to be had.</param>
/// <param name="Problems">Why it can't be made, by the fields of its spec; empty where it can.</param>
/// <param name="Release">Number of the release that was made; null before, and where that failed.</param>
/// <param name="Failed">Why it was not made though it was asked for; null otherwise.</param>
public sealed record ImportedApplication(string Source, AppSpec? Spec, IReadOnlyList<Fault> Problems, int? Release = null, string? Failed = null)
{
    /// <summary>The project has it already, and it is replaced.</summary>
    public bool Replaces { get; init; }

    /// <summary>What is not brought along, in plain words.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Names of secret variables that need a value first.</summary>
    public IReadOnlyList<string> MissingSecrets { get; init; } = [];

    public bool CanBeCreated => Spec is not null && Problems.Count == 0;

    /// <param name="taken">Names of applications that the project has.</param>
    internal static IReadOnlyList<Fault> ProblemsOf(AppSpec? spec, IReadOnlyList<Fault> faults, IReadOnlyCollection<string> taken) =>
        spec is not null && taken.Contains(spec.Name) ? [new Fault("name", $"The project has an application '{spec.Name}' already."), .. faults] : faults;

    internal static AppSpec? Shown(AppSpec? spec) => spec is null ? null : spec with { Env = [.. spec.Env.Select(e => e is { Secret: true } ? e with { Value = null } : e)] };

    /// <summary>With what became of it.</summary>
    internal ImportedApplication Told(Result<Deployed> made) =>
        made.Ok(out var deployed, out var error) ? this with { Release = deployed.Release } : this with { Failed = error.Public };
}
