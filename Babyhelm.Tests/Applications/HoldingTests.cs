using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Applications;

/// <summary>What releases take of a quota, while they run and while one takes the place of another.</summary>
public sealed class HoldingTests
{
    private static readonly AppSpec Web = new() { Name = "web", Image = "demo/hello:1", Resources = new() { Cpu = "200m", Memory = "64Mi", CpuLimit = "1", MemoryLimit = "128Mi" } };

    private static Holding Of(AppSpec spec, bool stopped = false, int? scaledTo = null, bool autoscales = true) => Holding.Of(spec, stopped, scaledTo, autoscales);

    private static (decimal Pods, decimal Cpu) Taken(Demand demand) => (demand[QuotaPart.Pods], demand[QuotaPart.Cpu]);

    [Fact]
    public void Pods_are_counted_as_they_may_come_to_run()
    {
        Assert.Equal((3, 0.6m), Taken(Of(Web with { Replicas = 3 }).Steady));
        Assert.Equal((5, 1m), Taken(Of(Web with { Replicas = 3 }, scaledTo: 5).Steady));
        Assert.Equal((0, 0m), Taken(Of(Web with { Replicas = 3 }, stopped: true, scaledTo: 5).Steady));
        Assert.Equal((7, 1.4m), Taken(Of(Web with { Autoscale = new(2, 7) }).Steady));
        Assert.Equal((2, 0.4m), Taken(Of(Web with { Autoscale = new(2, 7) }, autoscales: false).Steady));
        Assert.Equal((1, 0.2m), Taken(Of(Web with { Kind = AppKind.Cron, Replicas = 3 }).Steady));
        var stored = Of(Web with { Volumes = [new("data", "/data", "2Gi"), new("more", "/more", "512Mi")] }, stopped: true).Steady;
        Assert.Equal((2.5m * (1 << 30), 2m), (stored[QuotaPart.Storage], stored[QuotaPart.Volumes]));
    }

    [Theory]
    [InlineData(1, 1, 2)] // one more while it is replaced
    [InlineData(4, 4, 5)]
    [InlineData(5, 5, 7)] // a quarter, rounded up
    [InlineData(8, 8, 10)]
    [InlineData(9, 9, 12)]
    [InlineData(2, 6, 8)]
    [InlineData(6, 2, 6)] // the old ones were there before
    [InlineData(0, 3, 3)]
    [InlineData(3, 0, 0)]
    public void A_rolling_update_takes_its_surge(int before, int after, int most) =>
        Assert.Equal(most, Of(Web with { Replicas = after }).Replacing(Of(Web with { Replicas = before }))[QuotaPart.Pods]);

    [Fact]
    public void Old_and_new_pods_are_counted_with_what_each_asks_for()
    {
        var (small, large) = (Web with { Replicas = 4 }, Web with { Replicas = 4, Resources = Web.Resources with { Cpu = "1" } });
        Assert.Equal(4.2m, Of(large).Replacing(Of(small))[QuotaPart.Cpu]); // in the end: 4 large and a small one
        Assert.Equal(4.2m, Of(small).Replacing(Of(large))[QuotaPart.Cpu]); // at first: 4 large and a small one
        Assert.Equal(0.4m, Of(Web).Replacing(Of(Web))[QuotaPart.Cpu]);
        Assert.Equal(0.2m, Of(Web with { Volumes = [new("data", "/data")] }).Replacing(Of(Web))[QuotaPart.Cpu]); // they end first
        Assert.Equal(0.2m, Of(Web).Replacing(null)[QuotaPart.Cpu]);
        Assert.Equal(0.8m, Of(Web with { Kind = AppKind.Cron }).Replacing(Of(Web with { Replicas = 3 }))[QuotaPart.Cpu]);
    }

    [Theory]
    [InlineData("0.5", "500m")]
    [InlineData("2", "2")]
    [InlineData("0.0015", "2m")]
    [InlineData("12.25", "12250m")]
    public void Cores_are_written_as_people_write_them(string cores, string text) => Assert.Equal(text, QuotaText.Cpu(decimal.Parse(cores, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1000, "1000")]
    [InlineData(1L << 30, "1Gi")]
    [InlineData(3L << 29, "1536Mi")]
    public void Bytes_are_written_as_people_write_them(long bytes, string text) => Assert.Equal(text, QuotaText.Bytes(bytes));
}
