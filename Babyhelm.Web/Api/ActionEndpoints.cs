using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

internal sealed record ScaleRequest(int Replicas);

/// <param name="Job">Name of the run's job; the list of runs has its state.</param>
internal sealed record RunAnswer(string Job);

/// <summary>What can be done to an application that is there.</summary>
internal static class ActionEndpoints
{
    public static void MapActionEndpoints(this IEndpointRouteBuilder api)
    {
        var app = api.MapGroup("/projects/{project}/apps/{app}").WithTags("Applications");
        Map<OperateApplication>("restart", "Replace all pods by new ones of the same release", (operate, by, project, app, c) => operate.RestartAsync(by, project, app, c));
        Map<StopApplication>("stop", "End its pods or its schedule until it is started; the number of replicas stays", (stop, by, project, app, c) => stop.StopAsync(by, project, app, c));
        Map<StopApplication>("start", "Run a stopped application again", (stop, by, project, app, c) => stop.StartAsync(by, project, app, c));
        Map<OperateApplication>("pause", "Halt the rollout that is under way", (operate, by, project, app, c) => operate.PauseAsync(by, project, app, c));
        Map<OperateApplication>("resume", "Let a paused rollout go on", (operate, by, project, app, c) => operate.ResumeAsync(by, project, app, c));
        Map<OperateApplication>("repair", "Put the live release back onto the cluster as it was deployed", (operate, by, project, app, c) => operate.RepairAsync(by, project, app, c));
        Accepted(app.MapPost("/scale", ScaleAsync).WithSummary("Run another number of replicas, 1 to 100; makes no release").Accepts<ScaleRequest>("application/json")).ProducesProblem(400);
        Accepted(app.MapPost("/cancel", CancelAsync).WithSummary("End the deploy that is under way; what was live comes back").WithDescription(AppEndpoints.ExpectedRelease)).ProducesProblem(412);
        Accepted(app.MapPost("/pin", PinAsync).WithSummary("Deploy the image that runs by its digest").WithDescription(AppEndpoints.ExpectedRelease)).ProducesProblem(412);
        app.MapPost("/run", RunAsync).WithSummary("Start one run of a cron application now")
            .Produces<RunAnswer>(202).ProducesProblem(404).ProducesProblem(409).ProducesProblem(502).ProducesProblem(503);
        app.MapGet("/runs", RunsAsync).WithSummary("Runs of a cron application that the cluster still knows, newest first").Produces<IReadOnlyList<AppRun>>().ProducesProblem(404);

        void Map<T>(string route, string summary, Func<T, Caller, string, string, CancellationToken, Task<Result<Deployed>>> command) where T : notnull =>
            Accepted(app.MapPost($"/{route}", async (string project, string app, HttpContext http, CancellationToken cancellation) => DeployedAnswer.Of(
                await command(http.RequestServices.GetRequiredService<T>(), BearerTokens.CallerOf(http), project, app, cancellation), http)).WithSummary(summary));
    }

    private static RouteHandlerBuilder Accepted(RouteHandlerBuilder route) => route.Produces<DeployedAnswer>(202).ProducesProblem(404).ProducesProblem(409);

    private static async Task<IResult> ScaleAsync(
        string project, string app, ScaleRequest request, HttpContext http, OperateApplication operate, CancellationToken cancellation) =>
        DeployedAnswer.Of(await operate.ScaleAsync(BearerTokens.CallerOf(http), project, app, request.Replicas, cancellation), http);

    private static async Task<IResult> CancelAsync(
        string project, string app, HttpContext http, StopApplication stop, CancellationToken cancellation, int? expectedRelease = null) =>
        AppEndpoints.ExpectedOf(http, expectedRelease).Failed(out var error, out var expected) ? Problems.From(error)
            : DeployedAnswer.Of(await stop.CancelAsync(BearerTokens.CallerOf(http), project, app, expected, cancellation), http);

    private static async Task<IResult> PinAsync(
        string project, string app, HttpContext http, DeployApplication deploy, CancellationToken cancellation, int? expectedRelease = null) =>
        AppEndpoints.ExpectedOf(http, expectedRelease).Failed(out var error, out var expected) ? Problems.From(error)
            : DeployedAnswer.Of(await deploy.PinAsync(BearerTokens.CallerOf(http), project, app, expected, cancellation), http);

    private static async Task<IResult> RunAsync(string project, string app, HttpContext http, ApplicationRuns runs, CancellationToken cancellation) =>
        (await runs.StartAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Ok(out var job, out var error)
            ? Results.Accepted($"/api/v1/projects/{project}/apps/{app}/runs", new RunAnswer(job)) : Problems.From(error);

    private static async Task<IResult> RunsAsync(string project, string app, HttpContext http, ApplicationRuns runs, CancellationToken cancellation) =>
        (await runs.ListAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Answer(list => list);
}
