using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>How long is waited between attempts.</summary>
public sealed class BackoffTests
{
    [Fact]
    public void Waiting_times_double_up_to_30_seconds_and_are_spread()
    {
        var (low, middle, high) = (new Backoff(() => 0), new Backoff(() => 0.5), new Backoff(() => 1));
        Assert.Equal([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30], Enumerable.Range(0, 8).Select(_ => Math.Round(middle.Next().TotalSeconds, 3)));
        Assert.Equal([0.8, 1.2, 2.4], Enumerable.Range(0, 3).Select(_ => Math.Round(low.Next().TotalSeconds, 3)));
        Assert.Equal([1.0, 2.0, 4.0], Enumerable.Range(0, 3).Select(_ => Math.Round(high.Next().TotalSeconds, 3)));
        middle.Reset();
        Assert.Equal(0.8, middle.Next().TotalSeconds);
    }
}
