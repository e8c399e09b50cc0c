using System.Net;
using System.Net.Sockets;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Servers that are busy, slow, broken or not there.</summary>
public sealed class FailureTests
{
    private const string Busy = """{"kind":"Status","message":"too many requests","reason":"TooManyRequests","code":429}""";
    private const string Version = """{"major":"1"}""";

    private readonly ManualTimeProvider _time = new();

    private KubernetesClient Client(Uri server) => new(ClusterConfig.For(server, "t"), _time);

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_busy_server_is_asked_again_when_it_says(int status)
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server.Address);
        var asked = client.VersionAsync();
        await (await server.NextAsync()).AnswerAsync(status, Busy, "application/json", ("Retry-After", "2"));
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(2));
        Assert.False(server.HasArrivals);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(server.HasArrivals);
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await (await server.NextAsync()).AnswerAsync(200, Version);
        Assert.Equal("1", (await asked).Value.Major);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_asked_four_times_at_most()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(429, Busy, "application/json", ("Retry-After", "0")));
        using var client = Client(server.Address);
        var error = Assert.IsType<KubernetesError>((await client.VersionAsync()).Error);
        Assert.Equal((429, TimeSpan.Zero), (error.Status, error.RetryAfter));
        Assert.Equal(4, server.Seen.Count);
    }

    [Theory]
    [InlineData(429, null)]
    [InlineData(500, null)]
    [InlineData(503, null)]
    [InlineData(429, "3600")]
    [InlineData(404, "1")]
    public async Task Nothing_is_repeated_without_a_reasonable_invitation(int status, string? retryAfter)
    {
        await using var server = await ApiServer.StartAsync(e => retryAfter is null
            ? e.AnswerAsync(status, "no", "text/plain") : e.AnswerAsync(status, "no", "text/plain", ("Retry-After", retryAfter)));
        using var client = Client(server.Address);
        var error = Assert.IsType<KubernetesError>((await client.VersionAsync()).Error);
        Assert.Equal(retryAfter is null ? null : TimeSpan.FromSeconds(int.Parse(retryAfter)), error.RetryAfter);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Waiting_for_a_busy_server_ends_with_cancellation()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server.Address);
        using var cancel = new CancellationTokenSource();
        var asked = client.VersionAsync(cancel.Token);
        await (await server.NextAsync()).AnswerAsync(429, Busy, "application/json", ("Retry-After", "20"));
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(20));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task A_refused_connection_is_told_plainly()
    {
        using var closed = TestPorts.Closed();
        using var client = Client(new Uri($"http://127.0.0.1:{closed.Port()}"));
        var error = Assert.IsType<Unavailable>((await client.VersionAsync()).Error);
        Assert.Equal($"The cluster at {client.Server.ToString().TrimEnd('/')} does not answer: connection refused.", error.Message);
        Assert.Equal("The cluster can't be reached.", error.Public);
    }

    [Fact]
    public async Task An_unknown_host_is_told_plainly()
    {
        using var client = Client(new Uri("https://no-such-cluster.invalid:6443"));
        Assert.Equal("The cluster at https://no-such-cluster.invalid:6443 does not answer: its host name is not known.",
            Assert.IsType<Unavailable>((await client.VersionAsync()).Error).Message);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_30_seconds()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server.Address);
        var asked = client.VersionAsync();
        var request = await server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal($"The cluster at http://127.0.0.1:{server.Address.Port} does not answer: nothing came within 30 s.", Assert.IsType<Unavailable>((await asked).Error).Message);
        Assert.Equal("The cluster can't be reached.", (await asked).Error!.Public);
        await Wait.UntilAsync(() => request.ClientGone.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_stops_half_way_is_given_up()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server.Address);
        var asked = client.VersionAsync();
        var request = await server.NextAsync();
        await request.OpenAsync();
        await request.SendAsync("{\"major\":");
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(30));
        Assert.False(asked.IsCompleted);
        request.Cut();
        Assert.Contains("closed the connection", Assert.IsType<Unavailable>((await asked).Error).Message);
    }

    [Fact]
    public async Task Cancelling_is_not_an_answer()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = Client(server.Address);
        using var cancel = new CancellationTokenSource();
        var asked = client.GetAsync<Pod>(ResourceType.Pods, "a", "b", cancel.Token);
        await server.NextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task Another_protocol_on_the_port_is_told_plainly()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        using var https = Client(new Uri($"https://127.0.0.1:{server.Address.Port}"));
        Assert.Contains($"The cluster at https://127.0.0.1:{server.Address.Port} ", Assert.IsType<Unavailable>((await https.VersionAsync()).Error).Message);

        using var garbage = new TcpListener(IPAddress.Loopback, 0);
        garbage.Start();
        using var client = Client(new Uri($"http://127.0.0.1:{((IPEndPoint)garbage.LocalEndpoint).Port}"));
        var asked = client.VersionAsync();
        using (var socket = await garbage.AcceptSocketAsync())
        {
            await socket.ReceiveAsync(new byte[1000]);
            await socket.SendAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
            Assert.Contains("does not speak HTTP", Assert.IsType<Unavailable>((await asked).Error).Message);
        }
    }
}
