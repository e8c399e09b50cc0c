using System.ComponentModel.DataAnnotations;
using System.Net;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Gateway;
using Babyhelm.Core.Grafana;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Grafana;

/// <summary>Settings, and what needs no process around it.</summary>
public sealed class GrafanaRulesTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string Url = "http://127.0.0.1:3000";
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData(null, null, "", "X-WEBAUTH-USER", true)]
    [InlineData(Url, Token, "", "X-WEBAUTH-USER", true)]
    [InlineData("https://grafana.internal/", Token, "10.0.0.0/8, fd00::/8", "x-Remote-User", true)]
    [InlineData(Url, Token, "", "Remote-User", false)]
    [InlineData(Url, Token, "", "X-", false)]
    [InlineData(Url, Token, "", "X-Forwarded-User", false)]
    [InlineData(Url, null, "", "X-WEBAUTH-USER", false)]
    [InlineData(null, Token, "", "X-WEBAUTH-USER", false)]
    [InlineData(Url, "short", "", "X-WEBAUTH-USER", false)]
    [InlineData("ftp://127.0.0.1", Token, "", "X-WEBAUTH-USER", false)]
    [InlineData("http://127.0.0.1:3000/grafana", Token, "", "X-WEBAUTH-USER", false)]
    [InlineData("http://ada:secret@127.0.0.1:3000", Token, "", "X-WEBAUTH-USER", false)]
    [InlineData("127.0.0.1", Token, "", "X-WEBAUTH-USER", false)]
    [InlineData(Url, Token, "10.0.0.1/8x", "X-WEBAUTH-USER", false)]
    [InlineData(Url, Token, "", "X WEBAUTH", false)]
    [InlineData(Url, Token, "", "X-WEBAUTH_USER", false)]
    [InlineData(Url, Token, "", "x-webauth-role", false)]
    [InlineData(Url, Token, "", "X-Panel-Id", false)]
    public void Settings_that_can_not_work_end_the_start(string? url, string? token, string networks, string userHeader, bool good)
    {
        var options = new GrafanaOptions { Url = url is null ? null : new Uri(url, UriKind.RelativeOrAbsolute), DataSourceToken = token, DataSourceNetworks = networks, UserHeader = userHeader };
        var faults = new List<ValidationResult>();
        Assert.Equal(good, Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true));
        Assert.Equal(good, faults.Count == 0);
        Assert.All(faults, f => Assert.DoesNotContain("secret", f.ErrorMessage, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "127.0.0.1", true)]
    [InlineData(null, "::1", true)]
    [InlineData(null, "::ffff:127.0.0.1", true)]
    [InlineData(null, "10.1.2.3", false)]
    [InlineData(null, null, false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8,fd00::/8", "fd00::1", true)]
    [InlineData("10.0.0.0/8", "11.1.2.3", false)]
    public async Task The_data_source_asks_from_this_machine_or_a_network_that_is_named(string? networks, string? address, bool good)
    {
        var user = new AppUser { Id = Guid.NewGuid(), UserName = $"{Guid.NewGuid():N}@example.com", Email = "ada@example.com", SecurityStamp = "1", CreatedAt = DateTimeOffset.UtcNow };
        user.NormalizedUserName = user.NormalizedEmail = user.UserName.ToUpperInvariant();
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            db.Add(user);
            await db.SaveChangesAsync();
        }
        var signIn = new DataSourceSignIn(database.Contexts, Options.Create(new GrafanaOptions { Url = new Uri(Url), DataSourceToken = Token, DataSourceNetworks = networks ?? "" }));
        var caller = await signIn.FindAsync(Token, $"{user.Id:N}", address is null ? null : IPAddress.Parse(address), default);
        Assert.Equal(good, caller is not null);
        if (caller is not null) Assert.Equal((user.Id, AccessScope.Read, false), (caller.UserId, caller.Scope, caller.IsAdmin));
        Assert.Null(await signIn.FindAsync(Token + "x", $"{user.Id:N}", IPAddress.Loopback, default));
        // Whoever has to change the password first can do nothing else, here too.
        await using (var db = await database.Contexts.CreateDbContextAsync())
            await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.MustChangePassword, true));
        Assert.Null(await signIn.FindAsync(Token, $"{user.Id:N}", IPAddress.Loopback, default));
        var none = new DataSourceSignIn(database.Contexts, Options.Create(new GrafanaOptions()));
        Assert.Null(await none.FindAsync("", $"{user.Id:N}", IPAddress.Loopback, default));
    }

    [Fact]
    public async Task A_body_that_turns_out_too_long_is_told_so()
    {
        await using var grafana = await TestGrafana.StartAsync();
        using var turns = new GrafanaTurns(GrafanaTurns.AtOnce);
        using var proxy = new GrafanaProxy(Options.Create(new GrafanaOptions { Url = new Uri(grafana.Settings["Grafana__Url"]), DataSourceToken = Token }), Options.Create(new PublicOptions()), turns);
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = "/grafana/api/ds/query";
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/grafana/api/ds/query";
        context.Request.ContentLength = 5;
        context.Request.Body = new TooLongStream();
        Assert.Equal(GrafanaOutcome.TooLarge, await proxy.ForwardAsync(context, new Caller(Guid.NewGuid(), "ada@example.com", false)));
    }

    [Fact]
    public async Task A_name_that_no_header_can_hold_is_left_out()
    {
        await using var grafana = await TestGrafana.StartAsync();
        using var turns = new GrafanaTurns(GrafanaTurns.AtOnce);
        using var proxy = new GrafanaProxy(Options.Create(new GrafanaOptions { Url = new Uri(grafana.Settings["Grafana__Url"]), DataSourceToken = Token }), Options.Create(new PublicOptions()), turns);
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/grafana/x";
        var caller = new Caller(Guid.NewGuid(), "žofie@example.com", true);
        Assert.Equal(GrafanaOutcome.Answered, await proxy.ForwardAsync(context, caller));
        var seen = Assert.Single(grafana.Seen);
        Assert.Equal(($"{caller.UserId:N}", "Viewer", null), (seen.One("X-WEBAUTH-USER"), seen.One("X-WEBAUTH-ROLE"), seen.One("X-WEBAUTH-NAME")));
    }

    [Fact]
    public async Task Nobody_has_more_open_at_once_than_a_users_share()
    {
        await using var grafana = await TestGrafana.StartAsync();
        using var turns = new GrafanaTurns(1);
        using var proxy = new GrafanaProxy(Options.Create(new GrafanaOptions { Url = new Uri(grafana.Settings["Grafana__Url"]), DataSourceToken = Token }), Options.Create(new PublicOptions()), turns);
        var (come, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = grafana.Serve(async http =>
        {
            come.TrySetResult();
            await go.Task;
        });
        var quick = grafana.Serve(_ => Task.CompletedTask);
        var (ada, bob) = (new Caller(Guid.NewGuid(), "ada@example.com", false), new Caller(Guid.NewGuid(), "bob@example.com", false));
        var first = AskAsync(slow, ada);
        await come.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(GrafanaOutcome.TooMany, await AskAsync(quick, ada));
        Assert.Equal(GrafanaOutcome.Answered, await AskAsync(quick, bob));
        using (var socket = turns.Take(ada.UserId, socket: true)) Assert.NotNull(socket); // counted apart
        go.SetResult();
        Assert.Equal(GrafanaOutcome.Answered, await first.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(GrafanaOutcome.Answered, await AskAsync(quick, ada));

        Task<GrafanaOutcome> AskAsync(string path, Caller caller)
        {
            var context = new DefaultHttpContext { Request = { Method = "GET", Path = path } };
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = path;
            return proxy.ForwardAsync(context, caller);
        }
    }

    [Fact]
    public void What_says_who_asks_reaches_no_application_from_a_visitor()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Grafana:UserHeader", "X-Remote-User")]).Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddGrafana().BuildServiceProvider();
        Assert.Equal(["X-Remote-User", "X-WEBAUTH-EMAIL", "X-WEBAUTH-NAME", "X-WEBAUTH-ROLE"], services.GetRequiredService<IOptions<GatewayOptions>>().Value.ProxyHeaders.Order());
    }

    [Theory]
    [InlineData(true, GrafanaRole.Viewer, GrafanaRole.Viewer)]
    [InlineData(true, GrafanaRole.Editor, GrafanaRole.Editor)]
    [InlineData(true, GrafanaRole.Admin, GrafanaRole.Admin)]
    [InlineData(false, GrafanaRole.Admin, GrafanaRole.Viewer)]
    public void Only_platform_admins_are_ever_more_than_viewers(bool admin, GrafanaRole set, GrafanaRole told)
    {
        Assert.Equal(GrafanaRole.Viewer, new GrafanaOptions().AdminRole);
        Assert.Equal(told, new GrafanaOptions { AdminRole = set }.RoleOf(new Caller(Guid.NewGuid(), "ada@example.com", admin)));
    }

    [Fact]
    public void The_address_that_Grafana_knows_takes_the_token_to_work_out()
    {
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        var login = new GrafanaLogin(Token);
        Assert.Equal(login.Email(ada), new GrafanaLogin(Token).Email(ada));
        Assert.Equal(3, new[] { login.Email(ada), login.Email(bob), new GrafanaLogin(Token + "x").Email(ada) }.Distinct().Count());
        Assert.DoesNotContain($"{ada:N}", login.Email(ada), StringComparison.Ordinal);
    }

    /// <summary>A body of which the server says while it is read that it is too long.</summary>
    private sealed class TooLongStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new BadHttpRequestException("too long", StatusCodes.Status413PayloadTooLarge));
    }
}
