using Babyhelm.Core.Applications;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Components.Shared;

/// <summary>How a state is said and coloured, everywhere the same.</summary>
/// <param name="Key">As in the REST contract, for tests and style.</param>
/// <param name="Tone"><c>ok</c>, <c>bad</c>, <c>warn</c>, <c>busy</c> or <c>idle</c>.</param>
public sealed record StatusWord(string Key, string Word, string Tone)
{
    /// <summary>A release that still has a way to go, and can't without the cluster.</summary>
    public bool Underway { get; init; }

    /// <summary>The same while the cluster does not answer.</summary>
    public StatusWord Waiting => this with { Word = "Waiting for the cluster", Tone = "warn" };

    public static readonly StatusWord Deleting = new("deleting", "Deleting", "busy");

    public static readonly StatusWord DeletingHeldUp = Deleting with { Word = "Deleting, held up", Tone = "warn" };

    /// <summary>A release that was live until a later one was.</summary>
    public static readonly StatusWord WasLive = new("wasLive", "Was live", "idle");

    /// <summary>Live, but its objects on the cluster are not as they were deployed.</summary>
    public static readonly StatusWord Drifted = new("live", "Live, drifted", "warn");

    /// <summary>A release in a list: what was live once is told from what never was.</summary>
    public static StatusWord Of(ReleaseSummary release) =>
        release is { LiveAt: not null, State: ReleaseState.Superseded } ? WasLive : Of(release.State);

    /// <summary>An application: its latest release, and whether it is as deployed.</summary>
    public static StatusWord Of(ApplicationView app) => app switch
    {
        { Deleting: true } => app.Problem is null ? Deleting : DeletingHeldUp,
        { State: ReleaseState.Live, Drift: not null } => Drifted,
        _ => Of(app.State),
    };

    public static StatusWord Of(ReleaseState state) => state switch
    {
        ReleaseState.Pending => new("pending", "Queued", "busy") { Underway = true },
        ReleaseState.Applying => new("applying", "Applying", "busy") { Underway = true },
        ReleaseState.RollingOut => new("rollingOut", "Rolling out", "busy") { Underway = true },
        ReleaseState.Live => new("live", "Live", "ok"),
        ReleaseState.Failed => new("failed", "Failed", "bad"),
        ReleaseState.Superseded => new("superseded", "Superseded", "idle"),
        ReleaseState.Cancelled => new("cancelled", "Cancelled", "idle"),
        ReleaseState.Stopped => new("stopped", "Stopped", "idle"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <param name="hasProblem">The project cannot be set up as things are.</param>
    public static StatusWord Of(ProjectState state, bool hasProblem = false) => state switch
    {
        ProjectState.Provisioning when hasProblem => new("provisioning", "Setting up, held up", "warn"),
        ProjectState.Provisioning => new("provisioning", "Setting up", "busy"),
        ProjectState.Ready => new("ready", "Ready", "ok"),
        ProjectState.Deleting when hasProblem => DeletingHeldUp,
        ProjectState.Deleting => Deleting,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
