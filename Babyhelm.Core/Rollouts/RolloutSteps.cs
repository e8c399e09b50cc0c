namespace Babyhelm.Core.Rollouts;

/// <summary>Where a rollout is: the step and how to call it.</summary>
internal sealed record Position(string Id, string Phrase);

/// <summary>Finds the current step of a release on the cluster, its progress, and the list of steps a person sees.</summary>
internal static class RolloutSteps
{
    private const int Applied = 15;
    private const int AllReady = 90;

    private static readonly string[] Order =
        [StepIds.Queued, StepIds.Applying, StepIds.Scheduling, StepIds.Pulling, StepIds.Starting, StepIds.Ready, StepIds.EndingOld, StepIds.Settling, StepIds.Live];

    /// <summary>The step of a release whose deployment was observed and which is not done yet.</summary>
    public static Position Of(ReleaseView view)
    {
        var (wanted, ready) = (view.Wanted, view.Ready);
        if (ready < wanted)
        {
            if (ready > 0) return new Position(StepIds.Ready, $"ready {ready} of {wanted}");
            return view.Pods.Count == 0 ? Scheduling : view.Pods.Max(view.StageOf) switch
            {
                PodStage.Scheduling => Scheduling,
                PodStage.Pulling => new Position(StepIds.Pulling, "pulling"),
                _ => new Position(StepIds.Starting, "starting"),
            };
        }
        var status = view.Deployment!.Status;
        var old = status.Replicas - status.UpdatedReplicas;
        return old > 0
            ? new Position(StepIds.EndingOld, old == 1 ? "waiting for 1 old pod to end" : $"waiting for {old} old pods to end")
            : new Position(StepIds.Settling, "checking that it stays up");
    }

    private static Position Scheduling => new(StepIds.Scheduling, "waiting for a machine");

    public static int Progress(ReleaseView view, Position at) => at.Id switch
    {
        StepIds.Queued => 0,
        StepIds.Applying => 10,
        StepIds.EndingOld => AllReady + 2,
        StepIds.Settling => AllReady + 5,
        StepIds.Live => 100,
        _ => Applied + (int)((AllReady - Applied) * Share(view)),
    };

    /// <summary>0 to 1: how far the wanted pods have come, the farthest ones counted.</summary>
    private static double Share(ReleaseView view)
    {
        if (view.Wanted <= 0) return 1;
        var scores = view.Pods.Select(p => view.StageOf(p) switch
        {
            PodStage.Scheduling => 0.05,
            PodStage.Pulling => 0.25,
            PodStage.Starting => 0.6,
            _ => 1.0,
        });
        return scores.OrderDescending().Take(view.Wanted).Sum() / view.Wanted;
    }

    /// <summary>Every step; those before the current one are done, those after it to do.</summary>
    public static IReadOnlyList<RolloutStep> List(ReleaseView view, Position at, ReleaseState state, DateTimeOffset? finishedAt)
    {
        var current = Math.Max(0, Array.IndexOf(Order, at.Id == StepIds.Paused ? Of(view).Id : at.Id));
        var steps = new List<RolloutStep>();
        for (var i = 0; i < Order.Length; i++)
        {
            var id = Order[i];
            // Waiting steps are no part of a plain rollout: they show while they hold it up.
            if (i != current && id is StepIds.Scheduling or StepIds.EndingOld or StepIds.Settling) continue;
            // A schedule starts pods later, and again and again.
            if (view.Info.Cron && id is not (StepIds.Queued or StepIds.Applying or StepIds.Live)) continue;
            var status = i < current ? StepStatus.Done : i > current ? StepStatus.Todo : state switch
            {
                ReleaseState.Live or ReleaseState.Stopped or ReleaseState.Superseded => StepStatus.Done,
                ReleaseState.Failed or ReleaseState.Cancelled => StepStatus.Failed,
                _ => StepStatus.Current,
            };
            steps.Add(new RolloutStep(id, i == current ? at.Phrase : Label(view, id), status, status == StepStatus.Todo ? null : Since(view, id, finishedAt)));
        }
        return steps;
    }

    private static string Label(ReleaseView view, string id) =>
        id == StepIds.Ready ? $"ready {Math.Min(view.Ready, view.Wanted)} of {view.Wanted}" : id;

    private static DateTimeOffset? Since(ReleaseView view, string id, DateTimeOffset? finishedAt) => id switch
    {
        StepIds.Queued => view.Info.CreatedAt,
        StepIds.Applying => view.Info.StartedAt,
        StepIds.Scheduling => view.Pods.Select(p => p.Metadata.CreationTimestamp).Min() ?? view.Info.AppliedAt,
        StepIds.Pulling => view.Pods.Select(p => p.Status.StartTime).Min(),
        StepIds.Starting => view.Pods.SelectMany(p => p.Statuses()).Select(c => c.State.Running?.StartedAt ?? c.LastState.Terminated?.StartedAt).Min(),
        StepIds.Ready or StepIds.EndingOld => ReadySince(view).Min(),
        StepIds.Settling => ReadySince(view).Max(),
        StepIds.Live => finishedAt,
        _ => null,
    };

    private static IEnumerable<DateTimeOffset?> ReadySince(ReleaseView view) =>
        view.Pods.Select(p => ReleaseView.Condition(p, "Ready") is { Status: "True" } c ? c.LastTransitionTime : null);
}
