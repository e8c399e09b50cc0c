using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

public sealed class ClusterPulseTests : IAsyncLifetime
{
    private const string Version = """{"major":"1","minor":"30","gitVersion":"v1.30.1","platform":"linux/amd64"}""";

    private readonly ManualTimeProvider _time = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ClusterPulse _pulse = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConfig { Server = _server.Address, Source = "test" }, _time);
        _pulse = new ClusterPulse(_client, _time);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Takes_the_time_and_the_median_of_the_last_five()
    {
        foreach (var milliseconds in new[] { 900, 5, 7, 100, 6, 8 }) await BeatAsync(TimeSpan.FromMilliseconds(milliseconds), 200, Version);
        Assert.Equal(TimeSpan.FromMilliseconds(7), _pulse.Status.Latency);
        Assert.Equal(6, _pulse.Status.Samples.Length);
        Assert.Equal(_time.GetUtcNow(), _pulse.Status.LastContact);
        Assert.Null(_pulse.Status.Silence);
    }

    [Theory]
    [InlineData(403, """{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}""", true)]
    [InlineData(401, """{"kind":"Status","code":401,"reason":"Unauthorized","message":"no"}""", true)]
    [InlineData(503, """{"kind":"Status","code":503,"reason":"ServiceUnavailable","message":"starting"}""", false)]
    [InlineData(200, """["not","a","version"]""", true)]
    public async Task A_refusal_is_an_answer_and_a_broken_server_is_none(int status, string body, bool answers)
    {
        await BeatAsync(TimeSpan.FromMilliseconds(4), status, body);
        Assert.Equal(answers, _pulse.Status.Silence is null);
        Assert.Equal(answers, _pulse.Status.LastContact is not null);
        Assert.Equal(answers ? TimeSpan.FromMilliseconds(4) : null, _pulse.Status.Samples[0].Took);
    }

    [Fact]
    public async Task Tells_of_a_server_that_says_nothing_and_of_its_return()
    {
        var recovered = 0;
        _pulse.Recovered += () => recovered++;
        await BeatAsync(TimeSpan.Zero, 200, Version);
        var contact = _pulse.Status.LastContact;

        var silent = _pulse.BeatAsync(default);
        await _server.NextAsync();
        _time.Advance(ClusterPulse.Limit);
        Assert.NotNull((await silent).Error);
        Assert.Contains("nothing came within 10 s", _pulse.Status.Silence!.Message, StringComparison.Ordinal);
        Assert.Equal(contact, _pulse.Status.LastContact);
        var back = _client.Back;
        Assert.Null(_pulse.Status.Samples[^1].Took);
        Assert.Equal(0, recovered);

        await BeatAsync(TimeSpan.Zero, 200, Version);
        Assert.Null(_pulse.Status.Silence);
        Assert.Equal(1, recovered);
        await back.WaitAsync(TimeSpan.FromSeconds(60)); // watches that wait out their distances begin again
        await BeatAsync(TimeSpan.Zero, 200, Version);
        Assert.Equal(1, recovered);
    }

    [Fact]
    public async Task Goes_on_and_keeps_no_more_than_ten_minutes()
    {
        using var stop = new CancellationTokenSource();
        _server.Answer = exchange => exchange.AnswerAsync(200, Version);
        var beats = 0;
        _pulse.Beaten += () => Interlocked.Increment(ref beats);
        var running = _pulse.RunAsync(stop.Token);
        for (var i = 1; i <= ClusterPulse.Kept + 5; i++)
        {
            var wanted = i;
            await Wait.UntilAsync(() => Volatile.Read(ref beats) == wanted);
            await _time.UntilTimerWithinAsync(ClusterPulse.Interval);
            _time.Advance(ClusterPulse.Interval);
        }
        await Wait.UntilAsync(() => Volatile.Read(ref beats) > ClusterPulse.Kept + 5);
        Assert.Equal(ClusterPulse.Kept, _pulse.Status.Samples.Length);
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task BeatAsync(TimeSpan takes, int status, string body)
    {
        var beat = _pulse.BeatAsync(default);
        var request = await _server.NextAsync();
        Assert.Equal("/version", request.PathAndQuery);
        _time.Advance(takes);
        await request.AnswerAsync(status, body);
        await beat;
    }
}
