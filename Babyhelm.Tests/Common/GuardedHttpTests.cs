using System.Net;
using System.Net.Http.Headers;
using Babyhelm.Core.Common;
using Babyhelm.Core.Common.Outbound;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Common;

/// <summary>Requests to addresses that users give reach the internet and what an administrator has opened, and nothing else.</summary>
public sealed class GuardedHttpTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly int _open = TestPorts.Take();
    private readonly int _closed = TestPorts.Take();
    private readonly List<string?> _seen = [];
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.2:{_open}", $"http://127.0.0.1:{_closed}");
        _app = builder.Build();
        _app.MapGet("/", (HttpContext http) =>
        {
            lock (_seen) _seen.Add(http.Request.Headers.Authorization);
            return "hello";
        });
        _app.MapGet("/inside", () => Results.Redirect($"http://127.0.0.1:{_closed}/"));
        _app.MapGet("/again", () => Results.Redirect("/"));
        _app.MapGet("/long", () => new string('x', GuardedHttp.MaxBody + 1));
        _app.MapGet("/never", () => _release.Task);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _release.TrySetResult();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::1.1.1.1")]
    [InlineData("64:ff9b:1:a00:1::")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Addresses_inside_are_closed(string address) => Assert.False(AddressRules.Permits(IPAddress.Parse(address), []));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("64:ff9b::1.1.1.1")]
    [InlineData("::ffff:8.8.8.8")]
    public void Addresses_of_the_internet_are_open(string address) => Assert.True(AddressRules.Permits(IPAddress.Parse(address), []));

    [Fact]
    public void An_administrator_opens_networks()
    {
        IPNetwork[] open = [IPNetwork.Parse("10.1.0.0/16")];
        Assert.True(AddressRules.Permits(IPAddress.Parse("10.1.2.3"), open));
        Assert.True(AddressRules.Permits(IPAddress.Parse("::ffff:10.1.2.3"), open));
        Assert.False(AddressRules.Permits(IPAddress.Parse("10.2.2.3"), open));
    }

    [Fact]
    public async Task A_name_is_judged_by_the_address_that_is_connected_to()
    {
        // The name server says something else each time, as one that rebinds does: only what was looked at is connected to.
        var answers = new Queue<string>(["127.0.0.2", "127.0.0.1"]);
        using var http = Client(resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(answers.Dequeue())]));
        Assert.Equal("hello", (await GetAsync(http, $"http://tricky.example:{_open}/")).Value.Body);
        var refused = Assert.IsType<AddressRefused>((await GetAsync(http, $"http://tricky.example:{_closed}/")).Error);
        Assert.Equal("tricky.example", refused.Host);
        Assert.DoesNotContain("127.0.0", refused.Message, StringComparison.Ordinal);
        Assert.Empty(answers);
    }

    [Fact]
    public async Task Of_several_addresses_the_closed_ones_are_left_out()
    {
        using var http = Client(resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2")]));
        Assert.Equal("hello", (await GetAsync(http, $"http://both.example:{_open}/")).Value.Body);
    }

    [Fact]
    public async Task A_redirect_leads_neither_inside_nor_credentials_on()
    {
        using var http = Client();
        Assert.IsType<AddressRefused>((await GetAsync(http, $"http://127.0.0.2:{_open}/inside")).Error);
        Assert.Empty(_seen);
        Assert.Equal("hello", (await GetAsync(http, $"http://127.0.0.2:{_open}/again", new("Bearer", "secret"))).Value.Body);
        Assert.Equal([null], _seen);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    public async Task Spellings_of_the_own_host_are_refused(string address)
    {
        using var http = Client();
        Assert.IsType<AddressRefused>((await GetAsync(http, string.Format(null, address, _closed))).Error);
    }

    [Fact]
    public async Task Time_and_size_are_bounded()
    {
        using var http = Client();
        Assert.Contains("too long", Assert.IsType<NoAnswer>((await GetAsync(http, $"http://127.0.0.2:{_open}/long")).Error).Reason, StringComparison.Ordinal);
        using var hasty = Client(timeout: TimeSpan.FromMilliseconds(200));
        Assert.Contains("did not answer", Assert.IsType<NoAnswer>((await GetAsync(hasty, $"http://127.0.0.2:{_open}/never")).Error).Reason, StringComparison.Ordinal);
        using var closed = TestPorts.Closed();
        using var there = new GuardedHttp(_ => Task.FromResult<IReadOnlyList<IPNetwork>>([IPNetwork.Parse("127.0.0.0/8")]), timeout: Patience);
        Assert.Contains("takes no connection", Assert.IsType<NoAnswer>((await GetAsync(there, $"http://127.0.0.1:{closed.Port()}/")).Error).Reason, StringComparison.Ordinal);
        Assert.Contains("certificate", Assert.IsType<NoAnswer>((await GetAsync(there, $"https://127.0.0.1:{_closed}/")).Error).Reason, StringComparison.Ordinal);
    }

    private static GuardedHttp Client(ResolveHost? resolve = null, TimeSpan? timeout = null) =>
        new(_ => Task.FromResult<IReadOnlyList<IPNetwork>>([IPNetwork.Parse("127.0.0.2/32")]), resolve, timeout ?? Patience);

    private static async Task<Result<GuardedAnswer>> GetAsync(GuardedHttp http, string address, AuthenticationHeaderValue? credentials = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = credentials;
        return await http.SendAsync(request, default);
    }
}
