using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>Logs are followed over connections that break and containers that end: each line comes once, in order.</summary>
public sealed partial class FollowConformance(ClusterTarget target) : ClusterCase(target)
{
    /// <summary>The first process ends when it is told to; each request is a line of the log. The sandbox's image does so whatever its command is.</summary>
    private const string Server = """ "command":["sh","-c","trap 'exit 5' TERM; httpd -f -vv -p 8080 -h /www & wait"], """;

    // A connection of its own for each request: one that a restart cut could hide whether the request was written down.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
    private ClusterLink _link = null!;
    private int _seen = -1;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _link = await ClusterLink.ToAsync(Target.KubeConfigPath);
    }

    public override async Task DisposeAsync()
    {
        _link.Dispose();
        _http.Dispose();
        await base.DisposeAsync();
    }

    [ClusterFact]
    public async Task Over_cuts_and_restarts_no_line_is_lost_or_doubled()
    {
        const int Lines = 200;
        await StartAsync();
        var writing = WriteAsync(Lines);
        await FollowAsync(Lines, number =>
        {
            Volatile.Write(ref _seen, number);
            if (number % 50 != 25) return Task.CompletedTask;
            _link.Link.Cut();
            _link.Link.Restore();
            return Task.CompletedTask;
        });
        await writing;
    }

    [ClusterFact]
    public async Task What_two_runs_wrote_while_the_cluster_was_away_comes_afterwards()
    {
        await StartAsync();
        await RequestAsync(0, 10);
        await FollowAsync(40, async number =>
        {
            if (number != 9) return;
            _link.Link.Cut();
            await RequestAsync(10, 20);
            await RestartAsync();
            await RequestAsync(20, 30);
            _link.Link.Restore();
            await RequestAsync(30, 40);
        });
    }

    [ClusterFact]
    public async Task It_ends_with_its_container_or_pod()
    {
        await ApplyAsync(Objects.Pod(Ns, "once", "demo/ticker:1", """ "restartPolicy":"Never", """));
        Assert.Equal(["tick 1", "tick 2", "tick 3", "tick 4", "tick 5"], await AllAsync("once"));

        await StartAsync();
        await RequestAsync(0, 1);
        var following = AllAsync("p");
        Assert.True((await Client.DeleteAsync(ResourceType.Pods, Ns, "p", cancellation: Limit)).Value.Found);
        await following;
    }

    private async Task<List<string>> AllAsync(string pod)
    {
        var lines = new List<LogLine>();
        await foreach (var line in _link.Client.FollowLogsAsync(Ns, pod, new FollowOptions(), Limit)) lines.Add(line);
        Assert.All(lines, l => Assert.Null(l.Error));
        return [.. lines.Select(l => l.Text)];
    }

    /// <summary>Follows the log to its line number <paramref name="lines"/>. Numbered lines must come from 0 on, each once.</summary>
    /// <param name="seen">Called with each number before the next line is read.</param>
    private async Task FollowAsync(int lines, Func<int, Task> seen)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        // Small, so that the log is held back at times.
        var numbers = Channel.CreateBounded<int>(10);
        var following = Task.Run(async () =>
        {
            await foreach (var line in _link.Client.FollowLogsAsync(Ns, "p", new FollowOptions(), stop.Token))
            {
                Assert.Null(line.Error);
                if (Asked().Match(line.Text) is { Success: true } asked) await numbers.Writer.WriteAsync(int.Parse(asked.Groups[1].Value, CultureInfo.InvariantCulture), stop.Token);
            }
        }, CancellationToken.None);
        for (var expected = 0; expected < lines; expected++)
        {
            var next = numbers.Reader.ReadAsync(Limit).AsTask();
            if (await Task.WhenAny(next, following) == following) await following;
            Assert.Equal(expected, await next);
            await seen(expected);
        }
        await stop.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Numbered lines, with two restarts on the way.</summary>
    private async Task WriteAsync(int lines)
    {
        await RequestAsync(0, 60);
        // The node keeps the log of one earlier run: the reader must have come to this one.
        await SeenAsync(0);
        await RestartAsync();
        await RequestAsync(60, 130);
        await SeenAsync(60);
        await RestartAsync();
        await RequestAsync(130, lines);
    }

    private async Task SeenAsync(int number)
    {
        while (Volatile.Read(ref _seen) < number) await Task.Delay(20, Limit);
    }

    private async Task StartAsync()
    {
        await ApplyAsync(Objects.Pod(Ns, "p", container: Server));
        await UntilAsync<Pod>(ResourceType.Pods, "p", p => p.Status.ContainerStatuses is [{ State.Running: not null }]);
    }

    private async Task RestartAsync()
    {
        var before = (await Client.GetAsync<Pod>(ResourceType.Pods, Ns, "p", Limit)).Value.Status.ContainerStatuses![0].RestartCount;
        // Its own end may be cut off by that of the container.
        if ((await Client.ExecAsync(Ns, "p", new(["sh", "-c", "kill 1"]), Limit)).Ok(out var session, out var error))
            await using (session) await session.Exit.WaitAsync(Limit);
        Assert.Null(error);
        await UntilAsync<Pod>(ResourceType.Pods, "p", p => p.Status.ContainerStatuses is [{ State.Running: not null, RestartCount: var count }] && count > before);
    }

    /// <summary>Makes the container write these numbers, one line for each.</summary>
    private async Task RequestAsync(int from, int end)
    {
        var address = IPAddress.Parse((await Client.GetAsync<Pod>(ResourceType.Pods, Ns, "p", Limit)).Value.Status.PodIP!);
        for (var number = from; number < end; number++)
        {
            while (true)
            {
                var endpoint = new IPEndPoint(address, 8080);
                try
                {
                    using var answer = await _http.GetAsync($"http://{Target.Sandbox?.Resolve(endpoint) ?? endpoint}/{number}", Limit);
                    break;
                }
                catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
                {
                    await Task.Delay(50, Limit); // it runs, and does not listen yet
                }
            }
        }
    }

    /// <summary>A request in the log: <c>127.0.0.1 "GET /17" 200</c> in the sandbox, <c>10.0.0.1:4321: url:/17</c> of busybox.</summary>
    [GeneratedRegex("(?:\"GET |: url:)/([0-9]+)(?:\"|$)")]
    private static partial Regex Asked();
}
