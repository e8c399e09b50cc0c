using System.Net;
using System.Text;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Integration;

/// <summary>The sign-in of an image registry: <c>/v2/</c> with a token service of its own, or with Basic.</summary>
public sealed class TestRegistry : IAsyncDisposable
{
    public const string User = "puller";
    private const string Service = "test registry";
    private readonly string _token = Guid.NewGuid().ToString("N");
    private readonly bool _bearer;
    private readonly WebApplication _app;

    private TestRegistry(bool bearer)
    {
        _bearer = bearer;
        var port = TestPorts.Take();
        Host = $"127.0.0.1:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{Host}");
        _app = builder.Build();
        _app.MapGet("/v2/", Root);
        _app.MapGet("/token", Token);
    }

    public string Host { get; }

    public string Password { get; set; } = $"pw-{Guid.NewGuid():N}";

    /// <summary>What the token service answers to good credentials, in the place of a token.</summary>
    public string? TokenBody { get; set; }

    /// <summary>Runs once, while the token service is asked.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public static async Task<TestRegistry> StartAsync(bool bearer = true)
    {
        var registry = new TestRegistry(bearer);
        await registry._app.StartAsync();
        return registry;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Root(HttpContext http)
    {
        string? given = http.Request.Headers.Authorization;
        if (given == (_bearer ? $"Bearer {_token}" : Basic)) return Results.Json(new { });
        http.Response.Headers.WWWAuthenticate = _bearer ? $"Bearer realm=\"http://{Host}/token\",service=\"{Service}\"" : "Basic realm=\"images\"";
        return Results.StatusCode((int)HttpStatusCode.Unauthorized);
    }

    private async Task<IResult> Token(HttpContext http, string service, string account)
    {
        var meanwhile = Meanwhile;
        Meanwhile = null;
        if (meanwhile is not null) await meanwhile();
        if (http.Request.Headers.Authorization != Basic || service != Service || account != User) return Results.Unauthorized();
        return TokenBody is { } body ? Results.Text(body, "application/json") : Results.Json(new { token = _token });
    }

    private string Basic => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"))}";
}
