using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>A follower of a log, and the scripted server that it reads from: each test plays the server, request by request.</summary>
public abstract class FollowLogsCase : IAsyncLifetime
{
    private protected ManualTimeProvider Time { get; } = new();
    private protected Channel<LogLine> Lines { get; } = Channel.CreateBounded<LogLine>(1000);
    private protected Channel<bool> Changes { get; } = Channel.CreateBounded<bool>(1000);
    private protected CancellationTokenSource Stop { get; } = new();
    private protected ApiServer Server { get; private set; } = null!;
    private protected KubernetesClient Client { get; private set; } = null!;
    private protected Task Following { get; private set; } = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        Client = new KubernetesClient(ClusterConfig.For(Server.Address, "t"), Time);
    }

    public async Task DisposeAsync()
    {
        await Stop.CancelAsync();
        await Following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client.Dispose();
        await Server.DisposeAsync();
    }

    private protected void Start(int? tail = 10, string? uid = null) => Following = Task.Run(async () =>
    {
        try
        {
            var options = new FollowOptions { TailLines = tail, Uid = uid, Changed = async token => await Changes.Reader.ReadAsync(token) };
            await foreach (var line in Client.FollowLogsAsync("a", "web-1", options, Stop.Token)) await Lines.Writer.WriteAsync(line);
        }
        finally
        {
            Lines.Writer.Complete();
        }
    });

    private protected static string Pod(string state, int restarts = 0, string phase = "Running", string uid = "u-1") => $$$"""
        {"kind":"Pod","metadata":{"name":"web-1","namespace":"a","uid":"{{{uid}}}"},"spec":{"containers":[{"name":"web"},{"name":"side"}]},
         "status":{"phase":"{{{phase}}}","containerStatuses":[{"name":"side","restartCount":7,"state":{"running":{} } },{"name":"web","restartCount":{{{restarts}}},{{{state}}} }]} }
        """;

    private protected const string Running = "\"state\":{\"running\":{\"startedAt\":\"2026-01-01T00:00:00Z\"} }";
    private protected const string Waiting = "\"state\":{\"waiting\":{\"reason\":\"ContainerCreating\"} }";
    private protected const string Ended = "\"state\":{\"terminated\":{\"exitCode\":1} }";
    private protected const string BackingOff = "\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"} },\"lastState\":{\"terminated\":{\"exitCode\":1} }";
    private protected const string NoPrevious = """{"kind":"Status","message":"previous terminated container \"web\" in pod \"web-1\" not found","reason":"BadRequest","code":400}""";

    /// <summary>The next request, which must be for the pod.</summary>
    private protected async Task PodAsync(string pod, int status = 200)
    {
        var request = await Server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods/web-1", request.PathAndQuery);
        await request.AnswerAsync(status, pod);
    }

    /// <summary>The next request, which must be for this of the log.</summary>
    private protected async Task<Exchange> LogAsync(string query)
    {
        var request = await Server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods/web-1/log?" + query, request.PathAndQuery);
        return request;
    }

    private protected async Task<Exchange> OpenLogAsync(string query)
    {
        var request = await LogAsync(query);
        await request.OpenAsync("text/plain");
        return request;
    }

    private protected static string At(int second, string text, string fraction = "000000000") => $"2026-01-01T00:00:{second:00}.{fraction}Z {text}";

    private protected static string Since(int second, string fraction = "0000000") => $"sinceTime=2026-01-01T00%3A00%3A{second:00}.{fraction}Z";

    private protected async Task ExpectAsync(params string[] texts)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var text in texts)
        {
            var line = await Lines.Reader.ReadAsync(limit.Token);
            Assert.Null(line.Error);
            Assert.Equal(text, line.Text);
        }
    }

    private protected async Task EndsAsync()
    {
        await Following.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(Lines.Reader.TryPeek(out var more), more?.ToString());
    }

    /// <summary>Before the first new line of a log that was opened again the run before is asked for; there was none.</summary>
    private protected async Task NothingBeforeAsync(string since) => await (await LogAsync($"previous=true&{since}&timestamps=true")).AnswerAsync(400, NoPrevious);

    /// <summary>Begins to follow a container that has written two lines.</summary>
    private protected async Task<Exchange> FollowingAsync()
    {
        Start();
        await PodAsync(Pod(Running));
        await (await LogAsync("tailLines=10&timestamps=true")).AnswerAsync(200, $"{At(1, "one")}\n{At(2, "two")}\n", "text/plain");
        return await OpenLogAsync($"follow=true&{Since(2)}&timestamps=true");
    }

    private protected async Task BackOffAsync(TimeSpan wait)
    {
        await Time.UntilTimerWithinAsync(wait);
        Assert.False(Server.HasArrivals);
        Time.Advance(wait);
    }
}
