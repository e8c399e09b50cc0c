using System.Globalization;
using System.Text;
using Babyhelm.Core.Applications.Hooks;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Microsoft.OpenApi;

namespace Babyhelm.Web.Api;

/// <param name="Token">Shown once.</param>
/// <param name="Url">Address to send the request to; has the token in it.</param>
internal sealed record HookTokenAnswer(string Token, string Url)
{
    public static HookTokenAnswer Of(HookToken made, HttpContext http) =>
        new(made.Token, http.RequestServices.GetRequiredService<HookUrls>().Of(made.Token));
}

/// <summary>Deploy hooks: the one route of programs that know a token, and those of members who look after the hook.</summary>
internal static class HookEndpoints
{
    public static void MapHookEndpoints(this IEndpointRouteBuilder api)
    {
        var hook = api.MapGroup("/projects/{project}/apps/{app}/hook").WithTags("Deploy hooks");
        hook.MapGet("", (string project, string app, HttpContext http, DeployHooks hooks, CancellationToken cancellation) =>
            Problems.OkAsync(hooks.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)))
            .WithSummary("The application's deploy hook with its newest calls, without the token").Produces<HookView>().ProducesProblem(404);
        hook.MapPost("", async (string project, string app, HttpContext http, DeployHooks hooks, CancellationToken cancellation) =>
            Made(await hooks.CreateAsync(BearerTokens.CallerOf(http), project, app, cancellation), project, app, http))
            .WithSummary("Make the deploy hook; the answer has its token, which is never shown again").Produces<HookTokenAnswer>(201).ProducesProblem(404).ProducesProblem(409);
        hook.MapPost("/rotate", async (string project, string app, HttpContext http, DeployHooks hooks, CancellationToken cancellation) =>
            Made(await hooks.RotateAsync(BearerTokens.CallerOf(http), project, app, cancellation), project, app, http))
            .WithSummary("Give the deploy hook a new token; the one before stops working at once").Produces<HookTokenAnswer>(201).ProducesProblem(404).ProducesProblem(409);
        hook.MapDelete("", (string project, string app, HttpContext http, DeployHooks hooks, CancellationToken cancellation) =>
            Problems.NoContentAsync(hooks.DeleteAsync(BearerTokens.CallerOf(http), project, app, cancellation)))
            .WithSummary("Delete the deploy hook").Produces(204).ProducesProblem(404).ProducesProblem(409);
    }

    /// <summary>Not below /api: the token is all that it takes, and it stands in the address.</summary>
    public static void MapDeployHook(this WebApplication app) =>
        app.MapPost($"{Urls.DeployHooks}/{{token}}", ReceiveAsync).WithTags("Deploy hooks")
            .WithSummary("Deploy by a hook's token: an image, tag or digest of the application's repository, or its present tag once more")
            .Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429)
            .AddOpenApiOperationTransformer(async (operation, context, cancellation) =>
            {
                // Told here and not by Accepts, which would refuse JSON that is sent as something else.
                var schema = await context.GetOrCreateSchemaAsync(typeof(HookRequest), null, cancellation);
                operation.RequestBody = new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } } };
                operation.Security = [new OpenApiSecurityRequirement()];
            });

    private static IResult Made(Result<HookToken> made, string project, string app, HttpContext http) => made.Ok(out var token, out var error)
        ? Results.Created($"/api/v1/projects/{Uri.EscapeDataString(project)}/apps/{Uri.EscapeDataString(app)}/hook", HookTokenAnswer.Of(token, http)) : Problems.From(error);

    private static async Task<IResult> ReceiveAsync(string token, HttpContext http, ReceiveHook hooks, RefusalCounts refusals, WrongHookTokens wrong)
    {
        http.Response.Headers.CacheControl = "no-store";
        var address = http.Connection.RemoteIpAddress;
        if (wrong.WhyNot(address) is { } limited)
        {
            refusals.Add(RefusalCounts.RateLimit, address);
            return Waits(limited, http);
        }
        if (await ReadAsync(http) is not { } body) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        // A build server that hangs up has asked for its deploy all the same.
        var deployed = await hooks.ExecuteAsync(token, body, address?.ToString(), CancellationToken.None);
        if (deployed.Error is NotFound)
        {
            refusals.Add(RefusalCounts.Token, address);
            wrong.Count(address);
        }
        return deployed.Error is TooMany tooMany ? Waits(tooMany, http) : DeployedAnswer.Of(deployed, http);
    }

    private static IResult Waits(TooMany error, HttpContext http)
    {
        http.Response.Headers.RetryAfter = Math.Ceiling(Math.Max(1, error.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problems.From(error);
    }

    /// <summary>Null for a body that is too long. Its type is not looked at: some tools send JSON as a form.</summary>
    private static async Task<string?> ReadAsync(HttpContext http)
    {
        var buffer = new byte[HookRequest.MaxBody + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted);
        return length > HookRequest.MaxBody ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }
}
