using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public class ReleaseBoardTests
{
    private readonly ReleaseBoard _board = new();

    [Fact]
    public void Newest_release_wins_in_whatever_order_the_news_come()
    {
        Assert.True(_board.Set(Release(2)));
        Assert.False(_board.Set(Release(1)));
        Assert.Equal(2, _board.Get(Key)!.Number);
        Assert.False(_board.Set(_board.Get(Key)!));
        // Another application under the same name, as after a delete, begins at 1 again.
        Assert.True(_board.Set(Release(1) with { ApplicationId = Guid.NewGuid() }));
    }

    [Fact]
    public void Changes_are_coalesced_and_end_with_dispose()
    {
        var changes = _board.Hub.Subscribe();
        for (var n = 1; n <= 1000; n++) _board.Set(Release(n));
        _board.Remove(Key, Release().ApplicationId);
        Assert.Equal([Key], changes.Take());
        Assert.Empty(changes.Take());
        _board.Remove(Key, Release().ApplicationId);
        Assert.Empty(changes.Take());
        changes.Dispose();
        _board.Set(Release());
        Assert.Empty(changes.Take());
    }

    [Fact]
    public async Task Reader_waits_for_a_change_and_can_be_cancelled()
    {
        using var changes = _board.Hub.Subscribe();
        var taken = changes.TakeAsync(CancellationToken.None).AsTask();
        Assert.False(taken.IsCompleted);
        _board.Set(Release());
        Assert.Equal([Key], await taken);
        using var stop = new CancellationTokenSource();
        var waiting = changes.TakeAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        changes.Dispose();
        Assert.Empty(await changes.TakeAsync(CancellationToken.None));
    }
}
