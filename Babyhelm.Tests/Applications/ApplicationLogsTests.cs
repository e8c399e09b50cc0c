using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Applications;

/// <summary>A log that can't be read is no empty log.</summary>
public sealed class ApplicationLogsTests : IAsyncLifetime
{
    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ApplicationLogs _logs = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConfig { Server = _server.Address, Source = "test" }, TimeProvider.System);
        _logs = new ApplicationLogs(_client, _cache, NullLogger<ApplicationLogs>.Instance);
        _cache.Apply(Pod(n: 1));
        _cache.Apply(Pod(n: 2));
        _cache.SetStatus(CacheStatus.Fresh);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_one_pod_has_is_read_and_why_another_has_none_is_said_last()
    {
        _server.Answer = e => e.PathAndQuery.Contains(PodName(n: 1), StringComparison.Ordinal)
            ? e.AnswerAsync(403, """{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}""")
            : e.AnswerAsync(200, "2026-01-01T00:00:00Z hello\n", "text/plain");
        var lines = await ReadAsync(new AppLogOptions());
        Assert.Equal(["hello", ""], lines.Select(l => l.Text));
        Assert.Equal((PodName(n: 1), 403), (lines[1].Pod, Assert.IsType<KubernetesError>(lines[1].Problem).Status));
    }

    [Theory]
    [InlineData(400, "BadRequest")]
    [InlineData(404, "NotFound")]
    public async Task What_is_not_there_yet_or_no_more_has_no_lines(int status, string reason)
    {
        _server.Answer = e => e.AnswerAsync(status, $$"""{"kind":"Status","code":{{status}},"reason":"{{reason}}","message":"no"}""");
        Assert.Empty(await ReadAsync(new AppLogOptions { Previous = true }));
    }

    [Fact]
    public async Task A_cluster_that_is_away_is_asked_once()
    {
        _server.Answer = e =>
        {
            e.Cut();
            return Task.CompletedTask;
        };
        Assert.IsType<Unavailable>(Assert.Single(await ReadAsync(new AppLogOptions())).Problem);
        Assert.Single(_server.Seen);
    }

    [Fact]
    public async Task A_cluster_that_was_not_read_yet_has_no_empty_log()
    {
        _cache.SetStatus(CacheStatus.NotSynced);
        Assert.Equal("starting", Assert.Single(await ReadAsync(new AppLogOptions())).Problem!.Code);
    }

    [Fact]
    public async Task Following_ends_with_the_refusal()
    {
        _server.Answer = e => e.AnswerAsync(403, """{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}""");
        Assert.Equal(403, Assert.IsType<KubernetesError>((await ReadAsync(new AppLogOptions { Follow = true }))[^1].Problem).Status);
    }

    [Fact]
    public async Task Restarts_are_told_once_each_to_who_asks_for_them()
    {
        _server.Answer = e => e.AnswerAsync(404, """{"kind":"Status","code":404,"reason":"NotFound","message":"no"}""");
        _cache.Apply(Pod(n: 1, state: Running(100), last: Ended(137, 90, "OOMKilled"), restarts: 2));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await using var lines = _logs.ReadAsync(Key, new AppLogOptions { Follow = true, Restarts = true }, limit.Token).GetAsyncEnumerator(limit.Token);

        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(new AppLogLine(PodName(n: 1), "", At(100)) { Restart = new AppLogRestart(2, 137, "OOMKilled") }, lines.Current);

        // Waiting for the next run is none yet; the next one is.
        _cache.Apply(Pod(n: 1, state: Waiting("CrashLoopBackOff"), last: Ended(137, 110, "OOMKilled"), restarts: 2));
        _cache.Apply(Pod(n: 1, state: Running(130), last: Ended(1, 120), restarts: 3));
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(new AppLogLine(PodName(n: 1), "", At(130)) { Restart = new AppLogRestart(3, 1, "Error") }, lines.Current);
    }

    private async Task<List<AppLogLine>> ReadAsync(AppLogOptions options)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var lines = new List<AppLogLine>();
        await foreach (var line in _logs.ReadAsync(Key, options, limit.Token)) lines.Add(line);
        return lines;
    }
}
