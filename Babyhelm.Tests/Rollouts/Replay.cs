using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Rollouts;

/// <param name="Cause">The object whose change led here; null where time did.</param>
internal sealed record Frame(double AtSeconds, DateTimeOffset At, KubernetesObject? Cause, RolloutState State);

/// <summary>Plays a recording through the index, the reducer and the diagnosis: one frame per change and per planned recheck.</summary>
internal static class Replay
{
    public static IReadOnlyList<Frame> Run(Recording recording, Func<RecordedChange, ReleaseInfo?, ReleaseInfo> release, TimeSpan? after = null)
    {
        var index = new CacheIndex();
        index.Apply(new Namespace { Metadata = new Metadata { Name = recording.Namespace } }, deleted: false);
        var key = new AppKey(recording.Namespace, Recording.App);
        var origin = recording.Changes[0].At - TimeSpan.FromSeconds(recording.Changes[0].AtSeconds);
        var frames = new List<Frame>();
        ReleaseInfo? info = null;
        DateTimeOffset? recheck = null;
        foreach (var change in recording.Changes)
        {
            Elapse(change.At);
            index.Apply(change.Object, change.Deleted);
            info = release(change, info);
            Evaluate(change.At, change.Object);
        }
        Elapse(recording.Changes[^1].At + (after ?? TimeSpan.Zero));
        return frames;

        void Elapse(DateTimeOffset until)
        {
            while (recheck <= until) Evaluate(recheck.Value, null);
        }

        void Evaluate(DateTimeOffset now, KubernetesObject? cause)
        {
            var evaluation = RolloutReducer.Evaluate(info!, index.Get(key), now);
            Assert.True(evaluation.RecheckAt is null || evaluation.RecheckAt > now, "a recheck lies in the future");
            recheck = evaluation.RecheckAt;
            frames.Add(new Frame((now - origin).TotalSeconds, now, cause, evaluation.State));
        }
    }
}
