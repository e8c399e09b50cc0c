using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Kubernetes;

namespace Babyhelm.Tests.Rollouts;

/// <summary>A cluster that says nothing is asked whether it is there.</summary>
public sealed class HeartbeatTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private Heartbeat _heartbeat = null!;
    private Task _run = Task.CompletedTask;
    private (DateTimeOffset? Last, bool Failing) _contact;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"), _time);
        _contact = (_time.GetUtcNow(), false);
        _heartbeat = new Heartbeat(_client, () => _contact, _time);
        _run = _heartbeat.RunAsync(_stop.Token);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<Exchange> AskedAfterAsync(TimeSpan wait)
    {
        await Wait.UntilAsync(() => _time.NextDue is { } due && due <= wait && due != Heartbeat.Limit);
        _time.Advance(wait);
        var asked = await _server.NextAsync();
        Assert.Equal("/version", asked.PathAndQuery);
        return asked;
    }

    [Fact]
    public async Task A_frozen_cluster_is_noticed_and_known_again_at_its_first_answer()
    {
        var heard = _time.GetUtcNow();
        var back = _client.Back;
        await AskedAfterAsync(Heartbeat.Quiet);
        Assert.Null(_heartbeat.Current);
        await _time.UntilTimerWithinAsync(Heartbeat.Limit);
        _time.Advance(Heartbeat.Limit);
        await Wait.UntilAsync(() => _heartbeat.Current is not null);
        var silence = _heartbeat.Current!;
        Assert.Equal(heard, silence.Since);
        Assert.IsType<Unavailable>(silence.Error);

        var asked = await AskedAfterAsync(Heartbeat.Pause * 2);
        Assert.False(back.IsCompleted);
        await asked.AnswerAsync(200, """{"major":"1"}""");
        await Wait.UntilAsync(() => _heartbeat.Current is null);
        await back.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_cluster_that_is_heard_is_not_asked()
    {
        for (var second = 0; second < 60; second++)
        {
            await _time.UntilTimerWithinAsync(Heartbeat.Quiet);
            _contact = (_time.GetUtcNow(), false);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Empty(_server.Seen);
    }

    [Fact]
    public async Task Refusing_is_an_answer_and_an_informer_that_hears_something_ends_the_silence()
    {
        var asked = await AskedAfterAsync(Heartbeat.Quiet);
        await asked.AnswerAsync(403, """{"kind":"Status","message":"no","reason":"Forbidden","code":403}""");
        (await AskedAfterAsync(Heartbeat.Quiet)).Cut();
        await Wait.UntilAsync(() => _heartbeat.Current is not null);
        _contact = (_time.GetUtcNow() + TimeSpan.FromSeconds(1), false);
        Assert.Null(_heartbeat.Current);
    }

    [Fact]
    public async Task A_cluster_that_an_informer_cannot_reach_is_asked_often()
    {
        (await AskedAfterAsync(Heartbeat.Quiet)).Cut();
        await Wait.UntilAsync(() => _heartbeat.Current is not null);
        _contact = (_contact.Last, true);
        for (var n = 0; n < 3; n++)
        {
            await _time.UntilTimerWithinAsync(Heartbeat.Pause * 2);
            _time.Advance(Heartbeat.Pause * 0.9);
            Assert.False(_server.HasArrivals);
            (await AskedAfterAsync(Heartbeat.Pause * 1.1)).Cut();
        }
    }
}
