using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public sealed class RolloutFeedTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly TurnedClock _clock = new(At(5));
    private readonly ReleaseBoard _board = new();
    private readonly ClusterCache _cache;
    private readonly RolloutFeed _feed;

    public RolloutFeedTests()
    {
        _cache = new ClusterCache(_clock, NullLogger<ClusterCache>.Instance);
        _cache.SetStatus(CacheStatus.Fresh);
        _feed = new RolloutFeed(_cache, _board, _clock);
        _feed.Pump();
    }

    public void Dispose() => _feed.Dispose();

    private void Starting()
    {
        _board.Set(Release());
        _cache.Apply(Deployment());
        _cache.Apply(ReplicaSet());
        _cache.Apply(Pod(state: Running(4)));
    }

    private static RolloutView Read(RolloutSubscription s)
    {
        Assert.True(s.TryRead(out var view), "a view is there");
        return view!;
    }

    private static void Silent(RolloutSubscription s) => Assert.False(s.TryRead(out _), "no view is there");

    private void Turn(TimeSpan by)
    {
        _feed.Pump();
        _clock.Turn(by);
        _feed.Pump();
    }

    /// <summary>Lets everything pending pass, until the next change would be sent at once.</summary>
    private void Quiet()
    {
        Turn(RolloutFeed.Batch);
        Turn(RolloutFeed.Batch);
    }

    [Fact]
    public void Snapshot_then_the_first_change_at_once()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        Assert.Equal("starting", s.Snapshot.Rollout!.Step);
        Quiet();
        _cache.Apply(ReadyPod(at: 5));
        _feed.Pump();
        Assert.Equal(1, Read(s).Rollout!.Replicas.Ready);
    }

    [Fact]
    public void Changes_within_a_batch_are_one_view()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        Quiet();
        for (var n = 2; n <= 40; n++)
        {
            _cache.Apply(Pod(n: n, state: Running(4)));
            _feed.Pump();
        }
        Assert.Equal(2, Read(s).Rollout!.Pods.Count);
        var before = _feed.Evaluations;
        Turn(RolloutFeed.Batch - TimeSpan.FromMilliseconds(1));
        Silent(s);
        Turn(TimeSpan.FromMilliseconds(1));
        Assert.Equal(40, Read(s).Rollout!.Pods.Count);
        Assert.Equal(1, _feed.Evaluations - before);
    }

    [Fact]
    public void Ten_thousand_readers_cost_one_evaluation()
    {
        Starting();
        var readers = Enumerable.Range(0, 10_000).Select(_ => _feed.Subscribe(Ns, App)).ToList();
        Assert.Equal(1, _feed.Evaluations);
        Quiet();
        var before = _feed.Evaluations;
        _cache.Apply(ReadyPod(at: 5));
        _feed.Pump();
        Assert.Equal(1, _feed.Evaluations - before);
        var first = Read(readers[0]);
        Assert.All(readers.Skip(1), r => Assert.Same(first, Read(r)));
        readers.ForEach(r => r.Dispose());
        Assert.Equal(0, _feed.Topics);
    }

    [Fact]
    public void Slow_reader_gets_the_newest_only()
    {
        Starting();
        using var slow = _feed.Subscribe(Ns, App);
        using var quick = _feed.Subscribe(Ns, App);
        for (var n = 2; n <= 6; n++)
        {
            _cache.Apply(Pod(n: n, state: Running(4)));
            Turn(RolloutFeed.Batch);
            Assert.Equal(n, Read(quick).Rollout!.Pods.Count);
        }
        Assert.Equal(6, Read(slow).Rollout!.Pods.Count);
        Silent(slow);
    }

    [Fact]
    public void Unchanged_view_is_not_sent()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        Turn(RolloutFeed.Batch);
        var before = _feed.Evaluations;
        _cache.Apply(Pod(state: Running(4))); // a new resource version of the same content
        Turn(RolloutFeed.Batch);
        Assert.Equal(1, _feed.Evaluations - before);
        Silent(s);
    }

    [Fact]
    public async Task Disposed_reader_ends_and_costs_nothing()
    {
        Starting();
        var s = _feed.Subscribe(Ns, App);
        Assert.Equal(1, _feed.Topics);
        s.Dispose();
        s.Dispose();
        Assert.Equal(0, _feed.Topics);
        await foreach (var _ in s.ChangesAsync()) Assert.Fail("Nothing comes after the end.");
        var before = _feed.Evaluations;
        _cache.Apply(ReadyPod());
        Turn(TimeSpan.FromMinutes(20));
        Assert.Equal(before, _feed.Evaluations);
    }

    [Fact]
    public void Time_alone_shows_a_diagnosis_and_settles_a_release()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        Turn(TimeSpan.FromSeconds(8.9));
        Silent(s);
        Turn(TimeSpan.FromSeconds(0.1)); // running since 4, now at 14
        Assert.Equal(DiagnosisCodes.NotReady, Read(s).Rollout!.Diagnosis?.Code);
        Turn(RolloutFeed.Batch);
        _cache.Apply(Deployment(available: 1));
        _cache.Apply(ReadyPod(at: 14));
        _feed.Pump();
        Assert.Equal(StepIds.Settling, Read(s).Rollout!.StepId);
        Turn(RolloutReducer.SettleTime);
        Assert.Equal(ReleaseState.Live, Read(s).Rollout!.State);
        var before = _feed.Evaluations;
        Turn(TimeSpan.FromHours(1));
        Assert.Equal(before, _feed.Evaluations);
    }

    [Fact]
    public void Stale_cluster_is_told_to_every_reader_and_so_is_its_return()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        using var unknown = _feed.Subscribe(Ns, "nothing-there");
        Quiet();
        _cache.SetStatus(new CacheStatus(true, At(1), "no route to host"));
        _feed.Pump();
        var view = Read(s);
        Assert.Equal((At(1), DiagnosisCodes.ClusterUnreachable), (view.Cluster.StaleSince, view.Rollout!.Diagnosis?.Code));
        Assert.NotNull(Read(unknown).Cluster.StaleSince);
        Quiet();
        _cache.SetStatus(CacheStatus.Fresh);
        _feed.Pump();
        var back = Read(s);
        Assert.Null(back.Cluster.StaleSince);
        Assert.Null(back.Rollout!.Diagnosis);
    }

    [Fact]
    public void Reader_may_come_before_the_application_and_see_it_go()
    {
        using var s = _feed.Subscribe(Ns, App);
        Assert.Null(s.Snapshot.Rollout);
        _board.Set(Release(state: ReleaseState.Pending));
        Turn(RolloutFeed.Batch);
        Assert.Equal("queued", Read(s).Rollout!.Step);
        _board.Remove(Key, Release().ApplicationId);
        Turn(RolloutFeed.Batch);
        Assert.Null(Read(s).Rollout);
    }

    [Fact]
    public void Events_come_with_the_view()
    {
        Starting();
        using var s = _feed.Subscribe(Ns, App);
        _cache.Apply(RawEvent("e", "Unhealthy", "Readiness probe failed: EOF"));
        Turn(RolloutFeed.Batch);
        Assert.Equal("Unhealthy", Assert.Single(Read(s).Events).Reason);
    }

    [Fact]
    public async Task Outcome_is_told_without_any_reader_until_it_is_stored()
    {
        using var stop = new CancellationTokenSource(Patience);
        Starting();
        await using var outcomes = _feed.OutcomesAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = outcomes.MoveNextAsync().AsTask();
        _feed.Pump();
        Assert.False(next.IsCompleted);
        Assert.Equal(1, _feed.Topics);
        _cache.Apply(Pod(state: Waiting("CrashLoopBackOff"), last: Ended(1, 4), restarts: 2));
        Turn(RolloutFeed.Batch);
        Assert.True(await next);
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.CrashLoop), (outcomes.Current.State.State, outcomes.Current.State.Diagnosis?.Code));
        Assert.Equal(Release(), outcomes.Current.Release);

        // Not stored: told again with the next change. Stored: nothing more to watch.
        next = outcomes.MoveNextAsync().AsTask();
        _cache.Apply(Pod(state: Waiting("CrashLoopBackOff"), last: Ended(1, 4.5), restarts: 3));
        Turn(RolloutFeed.Batch);
        Assert.True(await next);
        _board.Set(Release(state: ReleaseState.Failed) with { Diagnosis = outcomes.Current.State.Diagnosis });
        Turn(RolloutFeed.Batch);
        Assert.Equal(0, _feed.Topics);
    }

    [Fact]
    public async Task Nothing_between_snapshot_and_changes_is_lost_while_all_run_at_once()
    {
        using var stop = new CancellationTokenSource();
        using var feed = new RolloutFeed(_cache, _board, TimeProvider.System);
        var running = feed.RunAsync(stop.Token);
        _board.Set(Release(replicas: 50));
        _cache.Apply(Deployment(wanted: 50, replicas: 50, updated: 50));
        var writing = Task.Run(() =>
        {
            for (var n = 1; n <= 50; n++) _cache.Apply(ReadyPod(n: n));
        });
        var readers = Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            using var s = feed.Subscribe(Ns, App);
            if (s.Snapshot.Rollout!.Replicas.Ready == 50) return;
            await foreach (var view in s.ChangesAsync())
                if (view.Rollout!.Replicas.Ready == 50) return;
        }));
        await Task.WhenAll([writing, .. readers]).WaitAsync(Patience);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }
}
