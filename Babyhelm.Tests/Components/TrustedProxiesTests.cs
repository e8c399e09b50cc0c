using System.Net;
using Babyhelm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;

namespace Babyhelm.Tests.Components;

public sealed class TrustedProxiesTests
{
    [Theory]
    [InlineData("127.0.0.1", "198.51.100.1", "https", "198.51.100.1 https")]
    [InlineData("10.1.2.3", "198.51.100.1", "https", "198.51.100.1 https")]
    [InlineData("192.0.2.4", "198.51.100.1", "https", "192.0.2.4 http")] // nobody's proxy
    [InlineData("127.0.0.1", "198.51.100.1, 10.1.2.3", "https", "198.51.100.1 https")] // two in a row
    [InlineData("127.0.0.1", "10.9.9.9, 198.51.100.1", "https", "198.51.100.1 https")] // what the visitor sent itself
    public async Task Only_trusted_proxies_say_who_asks_and_how(string peer, string forwardedFor, string proto, string seen)
    {
        await using var app = Build("10.0.0.0/8");
        await app.StartAsync();

        var answer = await app.GetTestServer().SendAsync(context =>
        {
            context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
            context.Request.Headers["X-Forwarded-For"] = forwardedFor;
            context.Request.Headers["X-Forwarded-Proto"] = proto;
        });

        using var reader = new StreamReader(answer.Response.Body);
        Assert.Equal(seen, await reader.ReadToEndAsync());
    }

    [Fact]
    public void A_setting_that_is_no_network_is_refused()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration[TrustedProxies.Setting] = "10.0.0.0/8, proxy.example";

        Assert.False(builder.AddTrustedProxies());
    }

    private static WebApplication Build(string networks)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration[TrustedProxies.Setting] = networks;
        Assert.True(builder.AddTrustedProxies());
        var app = builder.Build();
        app.UseTrustedProxies();
        app.Run(context => context.Response.WriteAsync(
            $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}{(context.Request.Headers.Keys.Any(k => k.StartsWith("X-Original", StringComparison.Ordinal)) ? " leaks" : "")}"));
        return app;
    }
}
