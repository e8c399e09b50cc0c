using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Babyhelm.Tests.Accounts;

/// <summary>What a bearer token has to be to be believed, with a turned clock on a real database.</summary>
public sealed class TokenTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string Issuer = "http://localhost:5080";
    private readonly ManualTimeProvider _time = new();
    private ServiceProvider _services = null!;
    private AppUser _user = null!;

    public async Task InitializeAsync()
    {
        _services = MigratedDatabase.Reach(database.Connection, _time);
        await using var db = await database.Contexts.CreateDbContextAsync();
        // Keys are shared by all tests of the class, whose clocks all start anew.
        await db.Set<SigningKey>().ExecuteDeleteAsync();
        _user = await NewUserAsync();
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    private ApiSessions Sessions => _services.GetRequiredService<ApiSessions>();
    private TokenSignIn SignIn => _services.GetRequiredService<TokenSignIn>();
    private SigningKeys Keys => _services.GetRequiredService<SigningKeys>();

    [Fact]
    public async Task An_access_token_is_its_users_until_it_ends()
    {
        var pair = await BeginAsync();
        Assert.Equal((_user.Id, AccessScope.Session), await WhoAsync(pair.AccessToken));
        Assert.Equal(900, pair.ExpiresIn);
        _time.Advance(AccessTokens.Lifetime - TimeSpan.FromSeconds(1));
        Assert.NotNull(await WhoAsync(pair.AccessToken));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await WhoAsync(pair.AccessToken));
    }

    [Fact]
    public async Task A_token_says_ES256_and_no_more_than_it_must()
    {
        var token = new JsonWebToken((await BeginAsync()).AccessToken);
        Assert.Equal(("ES256", "at+jwt", Issuer, AccessTokens.Audience), (token.Alg, token.Typ, token.Issuer, token.Audiences.Single()));
        Assert.Equal(["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"], token.Claims.Select(c => c.Type).Order());
        Assert.DoesNotContain(_user.Email!, Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(token.EncodedPayload)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_token_makes_it_worthless()
    {
        var (good, other) = ((await BeginAsync()).AccessToken, await NewUserAsync());
        var key = (await Keys.AllAsync(default))[0];
        var session = new JsonWebToken(good).GetClaim("sid").Value;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = new Dictionary<string, string>
        {
            ["no signature"] = Unsigned(good),
            ["alg none"] = Header(good, """{"alg":"none","typ":"at+jwt"}""") + ".",
            ["alg none, with the signature"] = Header(good, $$"""{"alg":"none","typ":"at+jwt","kid":"{{key.KeyId}}"}""") + "." + good.Split('.')[2],
            ["the public key as a shared secret"] = Make(new SigningCredentials(new SymmetricSecurityKey(key.ECDsa.ExportSubjectPublicKeyInfo()) { KeyId = key.KeyId }, "HS256")),
            ["another key under our name"] = Make(new SigningCredentials(new ECDsaSecurityKey(stranger) { KeyId = key.KeyId }, "ES256")),
            ["another key under its own name"] = Make(new SigningCredentials(new ECDsaSecurityKey(stranger) { KeyId = "mine" }, "ES256")),
            ["a key id that is a path"] = Make(new SigningCredentials(new ECDsaSecurityKey(stranger) { KeyId = "../../etc/passwd" }, "ES256")),
            ["another user in the session"] = Signed(sub: other.Id.ToString()),
            ["another session"] = Signed(sid: Guid.NewGuid().ToString()),
            ["no session"] = Signed(sid: ""),
            ["another audience"] = Signed(audience: "somebody-else"),
            ["another issuer"] = Signed(issuer: "https://evil.example"),
            ["another type"] = Signed(type: "JWT"),
            ["expired"] = Signed(expires: _time.GetUtcNow().AddSeconds(-1)),
            ["not yet"] = Signed(from: _time.GetUtcNow().AddSeconds(1)),
            ["one sign of the payload"] = Flip(good, 1),
            ["one sign of the signature"] = Flip(good, 2),
            ["nothing"] = "",
            ["dots"] = "..",
            ["rubbish"] = "a.b.c",
            ["huge"] = good + new string('x', 100_000),
        };

        foreach (var (what, token) in forged) Assert.True(await WhoAsync(token) is null, what);
        Assert.NotNull(await WhoAsync(Signed())); // the forge makes good ones too
        Assert.NotNull(await WhoAsync(good));

        string Signed(string? sub = null, string? sid = null, string audience = AccessTokens.Audience, string issuer = Issuer, string type = "at+jwt", DateTimeOffset? from = null, DateTimeOffset? expires = null) =>
            Make(new SigningCredentials(key, "ES256"), sub, sid, audience, issuer, type, from, expires);

        string Make(SigningCredentials by, string? sub = null, string? sid = null, string audience = AccessTokens.Audience, string issuer = Issuer, string type = "at+jwt", DateTimeOffset? from = null, DateTimeOffset? expires = null) =>
            new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                TokenType = type,
                Issuer = issuer,
                Audience = audience,
                NotBefore = (from ?? _time.GetUtcNow()).UtcDateTime,
                Expires = (expires ?? _time.GetUtcNow().AddMinutes(5)).UtcDateTime,
                Subject = new ClaimsIdentity([new Claim("sub", sub ?? _user.Id.ToString()), new Claim("sid", sid ?? session)]),
                SigningCredentials = by,
            });
    }

    [Fact]
    public async Task Ended_sessions_and_locked_users_are_out_at_once()
    {
        var pair = await BeginAsync();
        await _services.GetRequiredService<SessionStore>().EndAsync((await SignIn.FindAsync(pair.AccessToken, null, default))!.SessionId!.Value, default);
        Assert.Null(await WhoAsync(pair.AccessToken));
        Assert.NotNull((await Sessions.RefreshAsync(pair.RefreshToken, null, default)).Error);

        var (second, personal) = (await BeginAsync(), await PersonalAsync());
        await LockAsync(_user.Id, _time.GetUtcNow());
        Assert.Null(await WhoAsync(second.AccessToken));
        Assert.Null(await WhoAsync(personal));
        Assert.NotNull((await Sessions.RefreshAsync(second.RefreshToken, null, default)).Error);
        await LockAsync(_user.Id, null);
        Assert.NotNull(await WhoAsync(personal));
    }

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_second_use_ends_the_session()
    {
        var first = await BeginAsync();
        var second = (await Sessions.RefreshAsync(first.RefreshToken, null, default)).Value;
        Assert.NotNull(await WhoAsync(second.AccessToken));
        // The thief, or the victim, whoever comes second.
        Assert.NotNull((await Sessions.RefreshAsync(first.RefreshToken, "192.0.2.7", default)).Error);
        Assert.Null(await WhoAsync(second.AccessToken));
        Assert.Null(await WhoAsync(first.AccessToken));
        Assert.NotNull((await Sessions.RefreshAsync(second.RefreshToken, null, default)).Error);
    }

    [Fact]
    public async Task Of_many_uses_at_once_at_most_one_succeeds_and_none_lasts()
    {
        var first = await BeginAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Sessions.RefreshAsync(first.RefreshToken, null, default))));
        var won = Assert.Single(results, r => r.Error is null);
        Assert.Null(await WhoAsync(won.Value.AccessToken));
    }

    [Fact]
    public async Task A_session_ends_when_nobody_comes_back_and_at_last_whoever_does()
    {
        var idle = await BeginAsync();
        _time.Advance(SessionStore.ApiIdle + TimeSpan.FromSeconds(1));
        Assert.NotNull((await Sessions.RefreshAsync(idle.RefreshToken, null, default)).Error);

        var pair = await BeginAsync();
        var until = _time.GetUtcNow() + SessionStore.Longest;
        while (_time.GetUtcNow() + TimeSpan.FromDays(20) < until)
        {
            _time.Advance(TimeSpan.FromDays(20));
            pair = (await Sessions.RefreshAsync(pair.RefreshToken, null, default)).Value;
        }
        _time.Advance(TimeSpan.FromDays(20));
        Assert.NotNull((await Sessions.RefreshAsync(pair.RefreshToken, null, default)).Error);
    }

    [Fact]
    public async Task A_new_key_takes_over_while_old_tokens_stay_good_in_every_process()
    {
        await using var other = MigratedDatabase.Reach(database.Connection, _time);
        var before = await BeginAsync();
        var oldKey = Assert.Single(await Keys.AllAsync(default)).KeyId;
        Assert.NotNull(await other.GetRequiredService<TokenSignIn>().FindAsync(before.AccessToken, null, default));

        _time.Advance(TimeSpan.FromDays(90) - TimeSpan.FromMinutes(1));
        var late = await BeginAsync();
        _time.Advance(TimeSpan.FromMinutes(11));
        var after = await BeginAsync();
        Assert.Equal(oldKey, new JsonWebToken(late.AccessToken).Kid);
        Assert.NotEqual(oldKey, new JsonWebToken(after.AccessToken).Kid);
        Assert.NotNull(await WhoAsync(late.AccessToken));
        // The other process read its keys before there was the new one.
        Assert.NotNull(await other.GetRequiredService<TokenSignIn>().FindAsync(after.AccessToken, null, default));
        Assert.Equal(2, (await Keys.AllAsync(default)).Count);

        _time.Advance(TimeSpan.FromDays(2));
        Assert.DoesNotContain(await Keys.AllAsync(default), k => k.KeyId == oldKey);
    }

    [Fact]
    public async Task A_personal_token_acts_within_its_scope_until_it_ends_and_notes_its_use()
    {
        var tokens = _services.GetRequiredService<PersonalTokens>();
        var caller = new Caller(_user.Id, _user.Email!, false);
        var created = (await tokens.CreateAsync(caller, new NewPersonalToken("ci", AccessScope.Deploy, 7), default)).Value;
        Assert.Equal((_user.Id, AccessScope.Deploy), await WhoAsync(created.Token));
        Assert.Equal(_time.GetUtcNow(), Assert.Single((await tokens.ListAsync(caller, default)).Value).LastUsedAt);
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            Assert.DoesNotContain(await db.Set<PersonalToken>().Select(t => t.Start).ToListAsync(), s => s.Length > 9);
            Assert.Equal("A personal access token was made", (await db.Set<OutgoingMail>().SingleAsync(m => m.To == _user.Email)).Subject);
        }
        Assert.Null(await WhoAsync(created.Token + "x"));
        Assert.Null(await WhoAsync(created.Token[..^1]));
        Assert.Equal("name-taken", (await tokens.CreateAsync(caller, new NewPersonalToken("ci", AccessScope.Read, 7), default)).Error!.Code);
        Assert.Equal("forbidden", (await tokens.CreateAsync(caller with { Scope = AccessScope.Admin }, new NewPersonalToken("more", AccessScope.Admin, 7), default)).Error!.Code);
        Assert.Equal("invalid", (await tokens.CreateAsync(caller, new NewPersonalToken("session", AccessScope.Session, 7), default)).Error!.Code);

        _time.Advance(TimeSpan.FromDays(7));
        Assert.Null(await WhoAsync(created.Token));
        var second = (await tokens.CreateAsync(caller, new NewPersonalToken("no end", AccessScope.Read, null), default)).Value;
        Assert.Equal("not-found", (await tokens.RevokeAsync(caller with { UserId = Guid.NewGuid() }, second.View.Id, default)).Error!.Code);
        Assert.NotNull(await WhoAsync(second.Token));
        Assert.Null((await tokens.RevokeAsync(caller, second.View.Id, default)).Error);
        Assert.Null(await WhoAsync(second.Token));
    }

    private Task<TokenPair> BeginAsync() => Sessions.BeginAsync(_user, false, "192.0.2.1", "test", default);

    private async Task<string> PersonalAsync() => (await _services.GetRequiredService<PersonalTokens>().CreateAsync(
        new Caller(_user.Id, _user.Email!, false), new NewPersonalToken("personal", AccessScope.Read, null), default)).Value.Token;

    private async Task<(Guid, AccessScope)?> WhoAsync(string token) =>
        await SignIn.FindAsync(token, null, default) is { } caller ? (caller.UserId, caller.Scope) : null;

    private async Task<AppUser> NewUserAsync()
    {
        await using var scope = database.Services.CreateAsyncScope();
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new AppUser { Id = Guid.CreateVersion7(), UserName = email, Email = email, CreatedAt = _time.GetUtcNow() };
        Assert.True((await scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>().CreateAsync(user)).Succeeded);
        return user;
    }

    private async Task LockAsync(Guid user, DateTimeOffset? since)
    {
        await using var db = await database.Contexts.CreateDbContextAsync();
        await db.Users.Where(u => u.Id == user).ExecuteUpdateAsync(set => set.SetProperty(u => u.LockedAt, since));
    }

    private static string Unsigned(string token) => token[..(token.LastIndexOf('.') + 1)];

    private static string Header(string token, string header) => $"{Base64UrlEncoder.Encode(header)}.{token.Split('.')[1]}";

    private static string Flip(string token, int part)
    {
        var parts = token.Split('.');
        parts[part] = parts[part][..5] + (parts[part][5] == 'A' ? 'B' : 'A') + parts[part][6..];
        return string.Join('.', parts);
    }
}
