using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

/// <param name="Notice">Why the release has to wait before it is applied; null where it has not.</param>
internal sealed record DeployedAnswer(string App, int Release, string? Notice);

internal sealed record ReleaseAnswer(
    int Release, ReleaseState State, string Image, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? AppliedAt,
    DateTimeOffset? FinishedAt, DateTimeOffset? LiveAt, Diagnosis? Diagnosis, IReadOnlyList<string> Warnings,
    int? RollbackOf, bool Automatic, string? Message)
{
    /// <summary>What is kept of a failure; only in the answer for one release.</summary>
    public ReleaseEvidence? Evidence { get; init; }

    /// <summary>When the pods of a failed release were ended, because no release of the application ever ran; null for others.</summary>
    public DateTimeOffset? PodsEndedAt { get; init; }

    public static ReleaseAnswer Of(ReleaseSummary r) => new(
        r.Number, r.State, r.Image, r.CreatedBy, r.CreatedAt, r.AppliedAt, r.FinishedAt, r.LiveAt, r.Diagnosis, r.Warnings,
        r.RollbackOf, r.Automatic, r.Message)
    {
        PodsEndedAt = r.PodsEndedAt,
    };

    public static ReleaseAnswer Of(ReleaseDetail r) => Of(r.Summary) with { Evidence = r.Evidence };
}

internal sealed record RollbackRequest(int Release);

/// <summary>Applications, their releases and manifests.</summary>
internal static class AppEndpoints
{
    private const string ExpectedRelease =
        "expectedRelease: the latest release that you know of. Where there is a newer one, nothing is deployed and the answer is 409 changed-meanwhile.";

    public static void MapAppEndpoints(this IEndpointRouteBuilder api)
    {
        var apps = api.MapGroup("/projects/{project}/apps").WithTags("Applications");
        apps.MapGet("", ListAsync).WithSummary("Applications of a project").Produces<IReadOnlyList<AppAnswer>>().ProducesProblem(404);
        apps.MapPost("", CreateAsync).WithSummary("Create an application and deploy it")
            .Accepts<AppSpec>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapGet("/{app}", GetAsync).WithSummary("One application").Produces<AppAnswer>().ProducesProblem(404);
        apps.MapPut("/{app}", UpdateAsync).WithSummary("Change an application: deploys a new release")
            .WithDescription(ExpectedRelease)
            .Accepts<AppSpec>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapPost("/{app}/rollback", RollBackAsync).WithSummary("Deploy an earlier release again, as a new one")
            .WithDescription(ExpectedRelease)
            .Accepts<RollbackRequest>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapPost("/{app}/repair", RepairAsync).WithSummary("Put the live release back onto the cluster as it was deployed")
            .Produces(202).ProducesProblem(404).ProducesProblem(409);
        apps.MapPatch("/{app}/settings", SettingsAsync).WithSummary("What Babyhelm does by itself: automatic rollback, self-healing; makes no release")
            .Accepts<SettingsChange>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapDelete("/{app}", DeleteAsync).WithSummary("Delete an application").Produces(202).ProducesProblem(404);
        apps.MapGet("/{app}/releases", ReleasesAsync).WithSummary("Releases, newest first").Produces<IReadOnlyList<ReleaseAnswer>>().ProducesProblem(404);
        apps.MapGet("/{app}/releases/{number:int}", ReleaseAsync).WithSummary("One release").Produces<ReleaseAnswer>().ProducesProblem(404);
        apps.MapGet("/{app}/releases/{number:int}/manifests", ManifestsAsync).WithSummary("Manifests of a release as YAML, secrets masked")
            .Produces(200, contentType: "application/yaml").ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(string project, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.ListAsync(BearerTokens.CallerOf(http), project, cancellation)).Answer(list => list.Select(AppAnswer.Of));

    private static async Task<IResult> GetAsync(string project, string app, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Answer(AppAnswer.Of);

    private static async Task<IResult> CreateAsync(
        string project, HttpContext http, DeployApplication deploy, CancellationToken cancellation) =>
        (await ReadSpecAsync(http, cancellation)).Failed(out var error, out var spec) ? Problems.From(error)
            : Accepted(await deploy.CreateAsync(BearerTokens.CallerOf(http), project, spec, cancellation), http);

    private static async Task<IResult> UpdateAsync(
        string project, string app, HttpContext http, DeployApplication deploy, CancellationToken cancellation, int? expectedRelease = null) =>
        (await ReadSpecAsync(http, cancellation)).Failed(out var error, out var spec) ? Problems.From(error)
            : Accepted(await deploy.UpdateAsync(BearerTokens.CallerOf(http), project, app, spec, expectedRelease, cancellation), http);

    private static async Task<IResult> RollBackAsync(
        string project, string app, RollbackRequest request, HttpContext http, DeployApplication deploy, CancellationToken cancellation, int? expectedRelease = null) =>
        Accepted(await deploy.RollBackAsync(BearerTokens.CallerOf(http), project, app, request.Release, expectedRelease, cancellation), http);

    private static async Task<IResult> RepairAsync(
        string project, string app, HttpContext http, ApplicationSettings settings, CancellationToken cancellation) =>
        (await settings.RepairAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Ok(out _, out var error) ? Results.Accepted() : Problems.From(error);

    private static async Task<IResult> SettingsAsync(
        string project, string app, SettingsChange change, HttpContext http, ApplicationSettings settings, CancellationToken cancellation) =>
        (await settings.ChangeAsync(BearerTokens.CallerOf(http), project, app, change, cancellation)).Ok(out _, out var error) ? Results.NoContent() : Problems.From(error);

    private static async Task<IResult> DeleteAsync(
        string project, string app, HttpContext http, DeleteApplication delete, CancellationToken cancellation) =>
        (await delete.ExecuteAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Ok(out _, out var error) ? Results.Accepted() : Problems.From(error);

    private static async Task<IResult> ReleasesAsync(string project, string app, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.ReleasesAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Answer(list => list.Select(r => ReleaseAnswer.Of(r)));

    private static async Task<IResult> ReleaseAsync(
        string project, string app, int number, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.ReleaseAsync(BearerTokens.CallerOf(http), project, app, number, cancellation)).Answer(r => ReleaseAnswer.Of(r));

    private static async Task<IResult> ManifestsAsync(
        string project, string app, int number, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.ManifestsAsync(BearerTokens.CallerOf(http), project, app, number, cancellation)).Ok(out var yaml, out var error)
            ? Results.Text(yaml, "application/yaml")
            : Problems.From(error);

    /// <summary>Read here, not by binding: a fault names its field as the form's faults do.</summary>
    private static async Task<Result<AppSpec>> ReadSpecAsync(HttpContext http, CancellationToken cancellation)
    {
        if (!http.Request.HasJsonContentType()) throw new BadHttpRequestException("Send the app spec as application/json.", StatusCodes.Status415UnsupportedMediaType);
        using var reader = new StreamReader(http.Request.Body);
        return AppSpecJson.Read(await reader.ReadToEndAsync(cancellation));
    }

    private static IResult Accepted(Result<Deployed> result, HttpContext http)
    {
        if (result.Failed(out var error, out var deployed)) return Problems.From(error);
        var notice = http.RequestServices.GetRequiredService<ClusterCache>().Status.StaleSince is null
            ? null : "The cluster does not answer. The release is kept, and applied as soon as the cluster is back.";
        return Results.Accepted($"/api/v1/projects/{deployed.Project}/apps/{deployed.App}/rollout", new DeployedAnswer(deployed.App, deployed.Release, notice));
    }
}
