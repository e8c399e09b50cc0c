using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Integration;

/// <summary>What the provider knows of a person.</summary>
public sealed record ProvidedUser(string Id, string? Email, bool Verified);

/// <summary>
/// A small OAuth 2 provider (RFC 6749) that insists on PKCE with S256 (RFC 7636), exact redirect addresses, the client's
/// secret and codes that are good once. Whoever comes is <see cref="Next"/>.
/// </summary>
public sealed class TestProvider : IAsyncDisposable
{
    public const string Name = "test-id";
    private const string ClientId = "babyhelm-tests";
    private readonly string _secret = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<string, (string Challenge, string Redirect, ProvidedUser User)> _codes = new();
    private readonly ConcurrentDictionary<string, ProvidedUser> _tokens = new();
    private readonly WebApplication _app;
    private readonly int _port = TestPorts.Take();

    private TestProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{_port}");
        _app = builder.Build();
        _app.MapGet("/authorize", Authorize);
        _app.MapPost("/token", TokenAsync);
        _app.MapGet("/user", UserInfo);
    }

    /// <summary>Who is signed in at the provider, in the browser of the test.</summary>
    public ProvidedUser Next { get; set; } = new("1", null, false);

    /// <summary>The parameters of the last way to the provider.</summary>
    public IQueryCollection? LastRequest { get; private set; }

    public static async Task<TestProvider> StartAsync()
    {
        var provider = new TestProvider();
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>Configuration of a web process, as environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Accounts__Providers__0__Name"] = Name,
        ["Accounts__Providers__0__Title"] = "Test ID",
        ["Accounts__Providers__0__ClientId"] = ClientId,
        ["Accounts__Providers__0__ClientSecret"] = _secret,
        ["Accounts__Providers__0__AuthorizationUrl"] = $"http://127.0.0.1:{_port}/authorize",
        ["Accounts__Providers__0__TokenUrl"] = $"http://127.0.0.1:{_port}/token",
        ["Accounts__Providers__0__UserInfoUrl"] = $"http://127.0.0.1:{_port}/user",
        ["Accounts__Providers__0__Scopes__0"] = "openid",
        ["Accounts__Providers__0__Scopes__1"] = "email",
    };

    private IResult Authorize(HttpRequest request)
    {
        var query = LastRequest = request.Query;
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256" || query["code_challenge"].ToString().Length != 43)
            return Results.BadRequest("faulty request");
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (query["code_challenge"].ToString(), query["redirect_uri"].ToString(), Next);
        return Results.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"].ToString(), new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] }));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        if (form["client_id"] != ClientId || form["client_secret"] != _secret || !_codes.TryRemove(form["code"].ToString(), out var found)
            || found.Redirect != form["redirect_uri"]
            || found.Challenge != WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))))
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var token = Guid.NewGuid().ToString("N");
        _tokens[token] = found.User;
        return Results.Json(new { access_token = token, token_type = "Bearer", expires_in = 60 });
    }

    private IResult UserInfo(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) && _tokens.TryGetValue(header.Parameter ?? "", out var user)
            ? Results.Json(new { sub = user.Id, email = user.Email, email_verified = user.Verified })
            : Results.Unauthorized();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
