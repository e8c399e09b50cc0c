using System.Text.Json;
using System.Text.Json.Serialization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Web.Account;
using Babyhelm.Web.Components;
using Babyhelm.Web.Grafana;
using Babyhelm.Web.Terminals;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Babyhelm.Web.Api;

internal static class ApiServices
{
    private const string Policy = "api";

    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
            // A misspelt field is told to the client instead of being dropped without a word.
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BearerTokens>(BearerTokens.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, GrafanaDataSource>(GrafanaDataSource.SchemeName, null);
        services.AddAuthorizationBuilder().AddPolicy(Policy, new AuthorizationPolicyBuilder(BearerTokens.SchemeName).RequireAuthenticatedUser()
            .RequireAssertion(call => call.Resource is HttpContext http && DueSteps.Permits(http, BearerTokens.DueOf(http))).Build());
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var problem = context.ProblemDetails;
            problem.Extensions.TryAdd("code", problem.Status switch
            {
                401 => "unauthorized",
                404 => "not-found",
                405 => "method-not-allowed",
                413 => "too-large",
                415 => "unsupported-media-type",
                429 => "too-many-requests",
                _ => "error",
            });
            problem.Detail ??= Problems.Detail(problem.Status ?? 500);
            problem.Extensions.Remove("traceId");
        });
        services.AddExceptionHandler<ApiExceptionHandler>();
        services.AddSingleton<LiveSources>();
        services.AddSingleton<WrongHookTokens>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true); // so that one place answers for bad bodies
        services.AddOpenApi("v1", OpenApiDocument.Configure);
        return services;
    }

    /// <summary>Until the database is migrated, every route says so instead of failing in its own way.</summary>
    private static Task AnswerWhenReadyAsync(HttpContext http, RequestDelegate next)
    {
        if (http.RequestServices.GetRequiredService<DatabaseReady>() is not { IsReady: false } database) return next(http);
        http.Response.Headers.RetryAfter = "2";
        return Problems.From(database.Problem is null
            ? new Unavailable("Babyhelm is starting. Try again in a moment.", "starting")
            : new Unavailable("The database does not answer. Nothing was changed; try again in a moment.", "database-unavailable")).ExecuteAsync(http);
    }

    /// <summary>Gives refusals of the framework (401, 403, 404, 405, 413, 415, 429) the same form as all other errors of the API.</summary>
    public static void UseApiProblems(this WebApplication app) => app.UseWhen(
        context => IsApi(context.Request.Path),
        api =>
        {
            api.Use(next => http => AnswerWhenReadyAsync(http, next));
            api.UseStatusCodePages(async context =>
            {
                var response = context.HttpContext.Response;
                await context.HttpContext.RequestServices.GetRequiredService<IProblemDetailsService>().TryWriteAsync(new ProblemDetailsContext
                {
                    HttpContext = context.HttpContext,
                    ProblemDetails = { Status = response.StatusCode, Title = Problems.Title(response.StatusCode) },
                });
            });
        });

    /// <summary>Answers programs, with problem details.</summary>
    internal static bool IsApi(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments(Urls.DeployHooks);

    public static void MapApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.UseSwaggerUI(docs =>
        {
            docs.RoutePrefix = "docs";
            docs.DocumentTitle = "Babyhelm API";
            docs.SwaggerEndpoint("/openapi/v1.json", "Babyhelm v1");
        });
        var api = app.MapGroup("/api/v1");
        app.MapSigningKeys();
        app.MapDeployHook();
        api.MapAuthEndpoints();
        var signedIn = api.MapGroup("").RequireAuthorization(Policy).ProducesProblem(401);
        signedIn.MapLogout();
        signedIn.MapProjectEndpoints();
        signedIn.MapAppEndpoints();
        signedIn.MapLiveEndpoints();
        signedIn.MapActionEndpoints();
        signedIn.MapHookEndpoints();
        signedIn.MapExportEndpoints();
        signedIn.MapImportEndpoints();
        signedIn.MapTerminalEndpoints();
        signedIn.MapClusterEndpoints();
        signedIn.MapAccountEndpoints();
        signedIn.MapMemberEndpoints();
        signedIn.MapRegistryEndpoints();
        signedIn.MapQuotaEndpoints();
        signedIn.MapAuditEndpoints();
        signedIn.MapAdminEndpoints();
        signedIn.MapTemplateEndpoints();
        signedIn.MapMetricsEndpoints();
        signedIn.MapPrometheusEndpoints();
        signedIn.MapPlatformEndpoints();
        signedIn.MapAlertEndpoints();
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz/live", () => Results.Text("ok")).ExcludeFromDescription();
        app.MapGet("/healthz/ready", (DatabaseReady database) => database.IsReady
            ? Results.Text("ok") : Results.Text(database.Problem is null ? "starting" : "the database does not answer", statusCode: 503)).ExcludeFromDescription();
    }
}
