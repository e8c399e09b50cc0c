using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>What can be done to an application that exists.</summary>
public enum AppAction { Deploy, RollBack, Restart, Scale, Stop, Start, Pause, Resume, Cancel, Run, Repair, Delete }

/// <summary>How an application stands, as far as it decides what can be done to it.</summary>
/// <param name="Latest">State of the latest release.</param>
/// <param name="Stopped">It was stopped: the release that counts runs nothing.</param>
/// <param name="Paused">The rollout of the latest release is halted.</param>
/// <param name="InForce">Number of the release that the cluster is kept at; null where none ever ran.</param>
/// <param name="Repeats">Number of the release that the latest one repeats; null for a deploy.</param>
/// <param name="Deleting">The application or its project is being deleted.</param>
public sealed record AppStanding(AppKind Kind, bool Autoscaled, ReleaseState Latest, bool Stopped, bool Paused, int? InForce, int? Repeats, bool Deleting)
{
    public bool Underway => Release.Underway.Contains(Latest);

    /// <summary>What counts is the latest release while it is under way or in force, and the one before that is in force once it failed.</summary>
    internal static AppStanding Of(
        Application app, ReleaseState latest, bool stopped, bool paused, int? repeats, int? inForce, bool? forceStopped, bool projectDeleting) => new(
        app.Spec.Kind, app.Spec.Autoscale is not null, latest,
        Release.Underway.Contains(latest) ? stopped : forceStopped ?? stopped,
        paused && latest == ReleaseState.RollingOut, inForce, repeats, app.DeletingSince is not null || projectDeleting);
}

/// <summary>The one table of what can be done to an application in which state and by whom; commands, API and buttons ask it.</summary>
public static class AppActions
{
    public static ProjectAction Right(AppAction action) => action == AppAction.Delete ? ProjectAction.DeleteApplication : ProjectAction.Deploy;

    /// <summary>Null when it can be done now, else a <see cref="Forbidden"/> or a <see cref="Conflict"/> with the reason.</summary>
    public static Error? WhyNot(AppAction action, AppStanding app, ProjectRole role) =>
        ProjectPermissions.WhyNot(role, Right(action)) is { } reason ? new Forbidden(reason) : WhyNot(action, app);

    internal static Conflict? WhyNot(AppAction action, AppStanding app) => action switch
    {
        _ when app.Deleting => new("The application is being deleted.", "application-deleting"),
        AppAction.Restart => OfPods(app) ?? NotLive(app),
        AppAction.Scale when app.Autoscaled => new("An autoscaler decides how many replicas run. Change its bounds in the settings.", "autoscaled"),
        AppAction.Scale => OfPods(app) ?? (app.Latest == ReleaseState.Stopped ? null : NotLive(app)),
        // A start that failed may have left pods behind.
        AppAction.Stop => app.Stopped && (app.Underway || Release.InForce.Contains(app.Latest)) ? new("The application is stopped already.", "stopped") : null,
        AppAction.Start when app.Stopped => app.Underway ? Underway : null,
        AppAction.Start => app is { Latest: ReleaseState.Stopped }
            ? new("The application is set to 0 replicas: scale it instead.", "not-stopped")
            : new("The application is not stopped.", "not-stopped"),
        AppAction.Pause when app.Kind == AppKind.Cron => OnSchedule,
        AppAction.Pause when app.Paused => new("The rollout is paused already.", "paused"),
        AppAction.Pause => app is { Latest: ReleaseState.RollingOut, Stopped: false } ? null : new("No rollout is under way that could be paused.", "not-rolling-out"),
        AppAction.Resume => app.Paused ? null : new("No rollout is paused.", "not-paused"),
        AppAction.Cancel when !app.Underway => new("No deploy is under way.", "nothing-underway"),
        AppAction.Cancel => app.Repeats is { } of && of == app.InForce ? new($"It goes back to release {of} already: there is nothing else to go back to.", "going-back") : null,
        AppAction.Run when app.Kind != AppKind.Cron => new("Only an application that runs on a schedule can be run once.", "not-cron"),
        AppAction.Run => Release.InForce.Contains(app.Latest) ? null : NotLive(app),
        AppAction.Repair => Release.InForce.Contains(app.Latest) ? null : new("Only a live application can be repaired. Deploy it, or wait for the deploy that runs.", "not-live"),
        AppAction.Deploy or AppAction.RollBack or AppAction.Delete => null,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    private static Conflict Underway => new("A deploy is under way. Wait for its end, or cancel it.", "deploy-underway");

    private static Conflict OnSchedule => new("The application runs on its schedule. It can be run once instead.", "runs-on-schedule");

    private static Conflict? OfPods(AppStanding app) =>
        app.Kind == AppKind.Cron ? OnSchedule : app.Underway ? Underway : app.Stopped ? new("The application is stopped. Start it first.", "stopped") : null;

    private static Conflict? NotLive(AppStanding app) =>
        app.Underway ? Underway : app.Latest == ReleaseState.Live ? null : new("The latest release is not live. Deploy again, or roll back, first.", "not-live");
}
