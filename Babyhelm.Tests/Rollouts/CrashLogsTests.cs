using System.Collections.Concurrent;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

/// <summary>The last lines of containers that ended, as the API server gives them.</summary>
public sealed class CrashLogsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
    private readonly ReleaseBoard _board = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly CancellationTokenSource _stop = new();
    private Func<Exchange, Task> _answer = e => e.AnswerAsync(200, "one\n\ntwo\n", "text/plain");
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private CrashLogs _logs = null!;
    private Task _run = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync(e =>
        {
            _asked.Enqueue(e.PathAndQuery);
            return _answer(e);
        });
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"));
        _logs = new CrashLogs(_cache, _board, _client, _time);
        _cache.SetStatus(CacheStatus.Fresh);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private void Crashed(int n = 1, double at = 2, int restarts = 0) =>
        _cache.Apply(Pod(n: n, state: Ended(3, at), restarts: restarts));

    private IReadOnlyList<string>? Lines(int n = 1) => _board.Get(Key)!.LastLines?.GetValueOrDefault($"{PodName(n: n)}/web");

    [Theory]
    [InlineData(ReleaseState.RollingOut)]
    [InlineData(ReleaseState.Live)]
    public async Task Are_read_once_for_each_end(ReleaseState state)
    {
        _board.Set(Release(state: state));
        _cache.Apply(Deployment());
        Crashed();
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Equal(["one", "two"], Lines());
        Assert.Equal([$"/api/v1/namespaces/shop/pods/{PodName()}/log?container=web&tailLines=20&limitBytes=16384"], _asked);
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Single(_asked);
        Crashed(at: 9, restarts: 1);
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Equal(2, _asked.Count);
        // The run before, while the next one is under way.
        _cache.Apply(Pod(state: Running(10), last: Ended(3, 10), restarts: 2));
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Contains("previous=true", _asked.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Releases_that_are_over_and_healthy_ones_ask_nothing()
    {
        _cache.Apply(Deployment());
        Crashed();
        _board.Set(Release(state: ReleaseState.Failed));
        Assert.True(await _logs.CollectAsync(Key, default));
        _board.Set(Release(2, state: ReleaseState.Live));
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task What_the_cluster_does_not_give_is_asked_for_again()
    {
        _board.Set(Release());
        _cache.Apply(Deployment());
        _answer = e => e.AnswerAsync(500, "the machine does not answer", "text/plain");
        _run = _logs.RunAsync(_stop.Token);
        await Wait.UntilAsync(() =>
        {
            // The reader may not listen yet.
            Crashed(at: 2 + _asked.Count);
            return !_asked.IsEmpty;
        });
        _answer = e => e.AnswerAsync(200, "late\n", "text/plain");
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Lines() is not null;
        });
        Assert.Equal(["late"], Lines());
    }

    [Fact]
    public async Task A_log_that_is_gone_is_not_asked_for_again()
    {
        _board.Set(Release());
        _cache.Apply(Deployment());
        Crashed();
        _answer = e => e.AnswerAsync(404, """{"kind":"Status","message":"pods \"web\" not found","reason":"NotFound","code":404}""");
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Single(_asked);
        Assert.Null(Lines());
    }

    [Fact]
    public async Task An_end_that_the_next_run_overtook_is_still_read()
    {
        _board.Set(Release());
        _cache.Apply(Deployment());
        Crashed();
        _answer = e => e.AnswerAsync(200, e.PathAndQuery.Contains("previous=true", StringComparison.Ordinal) ? "boom\n" : "", "text/plain");
        Assert.True(await _logs.CollectAsync(Key, default));
        Assert.Equal(["boom"], Lines());
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_machine_that_does_not_answer_costs_a_few_seconds_and_holds_nobody_else_up()
    {
        var other = new AppKey(Ns, "api");
        _board.Set(Release());
        _board.Set(Release() with { App = "api", ApplicationId = Guid.NewGuid() });
        _cache.Apply(Deployment());
        var deployment = Deployment();
        _cache.Apply(deployment with { Metadata = Meta("api", 1, "api") });
        _answer = e => e.PathAndQuery.Contains(PodName(), StringComparison.Ordinal)
            ? Task.Delay(Timeout.Infinite, e.ClientGone)
            : e.AnswerAsync(200, "quick\n", "text/plain");
        _run = _logs.RunAsync(_stop.Token);
        var healthy = Pod(n: 7, state: Ended(3, 2));
        await Wait.UntilAsync(() =>
        {
            Crashed(at: 2);
            _cache.Apply(healthy with { Metadata = Meta("api-h1-p7", 1, "api") });
            return _board.Get(other)!.LastLines is not null;
        });
        Assert.Equal(["quick"], _board.Get(other)!.LastLines!["api-h1-p7/web"]);
        var reading = _logs.CollectAsync(Key, default);
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(5));
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return reading.IsCompleted;
        });
        Assert.False(await reading);
    }

    [Fact]
    public void Lines_of_the_newest_containers_are_kept()
    {
        _board.Set(Release());
        for (var n = 0; n < 3 * ReleaseBoard.MaxLogs; n++)
            _board.AddLastLines(_board.Get(Key)!, new Dictionary<string, IReadOnlyList<string>> { [$"web-{n}/web"] = [$"{n}"] });
        var kept = _board.Get(Key)!.LastLines!;
        Assert.Equal(ReleaseBoard.MaxLogs, kept.Count);
        Assert.Contains($"web-{3 * ReleaseBoard.MaxLogs - 1}/web", kept.Keys);
        Assert.DoesNotContain("web-0/web", kept.Keys);
    }
}
