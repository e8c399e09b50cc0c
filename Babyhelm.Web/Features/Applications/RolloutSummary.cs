using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Applications;

/// <summary>
/// What the page says of an application: the live view where it is about the latest release, else what the database
/// has. One place decides, so that badge, steps and link never contradict each other.
/// </summary>
public sealed record RolloutSummary
{
    public required int Release { get; init; }
    public required ReleaseState State { get; init; }
    public required StatusWord Status { get; init; }

    /// <summary>Sentence above the steps.</summary>
    public required string Headline { get; init; }

    /// <summary>Tone of the progress bar: <c>busy</c>, <c>ok</c>, <c>warn</c> or <c>bad</c>.</summary>
    public required string Tone { get; init; }
    public required int Progress { get; init; }
    public required IReadOnlyList<RolloutStep> Steps { get; init; }
    public ReplicaCounts? Replicas { get; init; }
    public IReadOnlyList<PodState> Pods { get; init; } = [];
    public IReadOnlyList<AppEvent> Events { get; init; } = [];
    public Diagnosis? Diagnosis { get; init; }

    /// <summary>Of an application with a schedule, newest first.</summary>
    public IReadOnlyList<AppRun> Runs { get; init; } = [];

    /// <summary>When the cluster, which did not take the release, is asked again; null where nothing is planned.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Address at which it is reached from outside, whether or not anything answers yet; null where there is none.</summary>
    public string? Link { get; init; }

    /// <summary>Address to open, once there is something behind it.</summary>
    public string? Url { get; init; }

    /// <summary>Since when the cluster's part may be out of date; null while it answers.</summary>
    public DateTimeOffset? StaleSince { get; init; }

    /// <summary>Visitors are answered by pods of another release than this one.</summary>
    public bool EarlierAnswers => Url is not null && Pods.Any(p => p.Ready && p.Release != 0 && p.Release != Release);

    /// <summary>The release can't get on until the cluster answers.</summary>
    public bool Waits => Diagnosis?.Code == DiagnosisCodes.ClusterUnreachable && Status.Underway;

    /// <param name="latest">The application's newest release as stored; null where it was not read.</param>
    /// <param name="view">Null before the first look at the cluster.</param>
    public static RolloutSummary Of(ApplicationView app, ReleaseSummary? latest, RolloutView? view)
    {
        // Right after a deploy one of the two may still be about the release before: the newer one counts.
        var rollout = view?.Rollout is { } live && live.Release >= app.Release ? live : null;
        var state = rollout?.State ?? app.State;
        var wanted = rollout?.Replicas.Wanted ?? app.Spec.Replicas;
        // The page was loaded before; the cluster may have given an address since.
        var link = app.Url ?? (app.Spec is { Kind: AppKind.Web, Expose.Type: ExposeType.LoadBalancer } ? PublicUrls.OfLoadBalancer(app.Spec, view?.Address) : null);
        var reachable = link is not null && (state == ReleaseState.Live || rollout?.Replicas.Available > 0 || view?.Rollout?.Pods.Any(p => p.Ready) == true);
        return new RolloutSummary
        {
            Release = rollout?.Release ?? app.Release,
            State = state,
            Status = StatusWord.Of(app with { State = state }),
            Headline = app.Spec.Kind == AppKind.Cron && state == ReleaseState.Live ? CronHeadline(rollout) : HeadlineOf(state, rollout, wanted),
            Tone = state switch
            {
                ReleaseState.Live => "ok",
                ReleaseState.Failed => "bad",
                _ => rollout?.Diagnosis is null ? "busy" : "warn",
            },
            Progress = rollout?.Progress ?? (state is ReleaseState.Live or ReleaseState.Stopped ? 100 : 0),
            Steps = rollout?.Steps ?? [],
            Replicas = app.Spec.Kind == AppKind.Cron ? null : rollout?.Replicas,
            Pods = view?.Rollout?.Pods ?? [],
            Events = view?.Events ?? [],
            Runs = view?.Runs ?? [],
            Diagnosis = rollout?.Diagnosis ?? (latest?.Number == (rollout?.Release ?? app.Release) ? latest?.Diagnosis : null),
            NextTryAt = rollout?.NextTryAt,
            Link = link,
            Url = reachable ? link : null,
            StaleSince = view?.Cluster.StaleSince,
        };
    }

    /// <summary>It has no replicas: the step tells of its runs.</summary>
    private static string CronHeadline(RolloutState? rollout) => rollout is { Step: var step } && step != "live" ? char.ToUpperInvariant(step[0]) + step[1..] : "Live on its schedule";

    private static string HeadlineOf(ReleaseState state, RolloutState? rollout, int wanted) => state switch
    {
        ReleaseState.Pending or ReleaseState.Applying or ReleaseState.RollingOut when rollout?.Diagnosis?.Code == DiagnosisCodes.ClusterUnreachable =>
            "Waiting for the cluster",
        ReleaseState.Pending => "Waiting to be applied",
        ReleaseState.Applying when rollout?.Diagnosis is not null => $"Held up: {rollout.Step}",
        ReleaseState.Applying => "Applying to the cluster",
        ReleaseState.RollingOut when rollout?.Diagnosis is not null => "Held up",
        ReleaseState.RollingOut => rollout is null ? "Rolling out" : $"Rolling out: {rollout.Step}",
        ReleaseState.Live when rollout is { Replicas.Ready: var ready } && ready < wanted => $"Live, but {ready} of {wanted} ready",
        ReleaseState.Live => wanted == 1 ? "Live" : $"Live on {wanted} replicas",
        ReleaseState.Failed => "Failed",
        ReleaseState.Superseded => "Replaced by a newer release",
        ReleaseState.Cancelled => "Cancelled",
        ReleaseState.Stopped => "Stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
