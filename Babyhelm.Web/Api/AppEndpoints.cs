using System.Globalization;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

/// <param name="Notice">Why the release has to wait before it is applied; null where it has not.</param>
internal sealed record DeployedAnswer(string App, int Release, string? Notice)
{
    public static IResult Of(Result<Deployed> result, HttpContext http)
    {
        if (result.Failed(out var error, out var deployed)) return Problems.From(error);
        var notice = http.RequestServices.GetRequiredService<ClusterCache>().Status.StaleSince is not null
            ? "The cluster does not answer. The release is kept, and applied as soon as the cluster is back."
            : deployed.StaysStopped ? "The application is stopped and stays so: start it to run this release." : null;
        return Results.Accepted($"/api/v1/projects/{deployed.Project}/apps/{deployed.App}/rollout", new DeployedAnswer(deployed.App, deployed.Release, notice));
    }
}

internal sealed record ReleaseAnswer(
    int Release, ReleaseState State, string Image, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? AppliedAt,
    DateTimeOffset? FinishedAt, DateTimeOffset? LiveAt, Diagnosis? Diagnosis, IReadOnlyList<string> Warnings,
    int? RollbackOf, bool Automatic, string? Message)
{
    /// <summary>Digest of the image that its pods ran; null where it is not known.</summary>
    public string? Digest { get; init; }

    /// <summary>Version of the templates that its manifests were rendered from.</summary>
    public string TemplateVersion { get; init; } = "";

    /// <summary>It was made to run nothing.</summary>
    public bool Stopped { get; init; }

    /// <summary>How many replicas it was scaled to after it was deployed; null for as many as were deployed.</summary>
    public int? ScaledTo { get; init; }

    /// <summary>When its pods were restarted last.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>What is kept of a failure; only in the answer for one release.</summary>
    public ReleaseEvidence? Evidence { get; init; }

    /// <summary>When the pods of a failed release were ended, because no release of the application ever ran; null for others.</summary>
    public DateTimeOffset? PodsEndedAt { get; init; }

    public static ReleaseAnswer Of(ReleaseSummary r) => new(
        r.Number, r.State, r.Image, r.CreatedBy, r.CreatedAt, r.AppliedAt, r.FinishedAt, r.LiveAt, r.Diagnosis, r.Warnings,
        r.RollbackOf, r.Automatic, r.Message)
    {
        PodsEndedAt = r.PodsEndedAt,
        Digest = r.Digest,
        TemplateVersion = r.TemplateVersion,
        Stopped = r.Stopped,
        ScaledTo = r.ScaledTo,
        RestartedAt = r.RestartedAt,
    };

    public static ReleaseAnswer Of(ReleaseDetail r) => Of(r.Summary) with { Evidence = r.Evidence };
}

internal sealed record RollbackRequest(int Release);

/// <summary>Applications, their releases and manifests.</summary>
internal static class AppEndpoints
{
    internal const string ExpectedRelease =
        "expectedRelease: the latest release that you know of. Where there is a newer one, nothing is deployed and the answer is 409 changed-meanwhile "
        + "with the changes. If-Match takes the ETag of the application, which also counts scaling: 412 then. message: why, shown with the release.";

    public static void MapAppEndpoints(this IEndpointRouteBuilder api)
    {
        var apps = api.MapGroup("/projects/{project}/apps").WithTags("Applications");
        apps.MapGet("", ListAsync).WithSummary("Applications of a project").Produces<IReadOnlyList<AppAnswer>>().ProducesProblem(404);
        apps.MapPost("", CreateAsync).WithSummary("Create an application and deploy it")
            .Accepts<AppSpec>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapPost("/preview", PreviewAsync).WithSummary("What a deploy of the spec would do: manifests, differences to what is live, warnings and refusals of the cluster; applies nothing")
            .Accepts<AppSpec>("application/json").Produces<DeployPreview>().ProducesProblem(400).ProducesProblem(404);
        apps.MapGet("/{app}", GetAsync).WithSummary("One application").WithDescription("The ETag changes with every change of the spec; send it as If-Match to change only what you saw.").Produces<AppAnswer>().ProducesProblem(404);
        apps.MapPut("/{app}", UpdateAsync).WithSummary("Change an application: deploys a new release")
            .WithDescription(ExpectedRelease)
            .Accepts<AppSpec>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412);
        apps.MapPost("/{app}/rollback", RollBackAsync).WithSummary("Deploy an earlier release again, as a new one")
            .WithDescription(ExpectedRelease)
            .Accepts<RollbackRequest>("application/json").Produces<DeployedAnswer>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412);
        apps.MapPatch("/{app}/settings", SettingsAsync).WithSummary("What Babyhelm does by itself: automatic rollback, self-healing; makes no release")
            .Accepts<SettingsChange>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        apps.MapDelete("/{app}", DeleteAsync).WithSummary("Delete an application")
            .WithDescription("volumes: delete its volumes with the data in them, too. Without, they stay, and a new application of the name finds them again.")
            .Produces(202).ProducesProblem(404);
        apps.MapGet("/{app}/releases", ReleasesAsync).WithSummary("Releases, newest first").Produces<IReadOnlyList<ReleaseAnswer>>().ProducesProblem(404);
        apps.MapGet("/{app}/releases/{number:int}", ReleaseAsync).WithSummary("One release").Produces<ReleaseAnswer>().ProducesProblem(404);
        apps.MapGet("/{app}/releases/{number:int}/compare/{other:int}", CompareAsync).WithSummary("What the other release has otherwise: settings and manifests, secrets masked")
            .Produces<ReleaseDifference>().ProducesProblem(404);
        apps.MapGet("/{app}/releases/{number:int}/manifests", ManifestsAsync).WithSummary("Manifests of a release as YAML, secrets masked")
            .Produces(200, contentType: "application/yaml").ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(string project, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.ListAsync(BearerTokens.CallerOf(http), project, cancellation)).Answer(list => list.Select(AppAnswer.Of));

    private static async Task<IResult> GetAsync(string project, string app, HttpContext http, ApplicationQueries queries, CancellationToken cancellation) =>
        (await queries.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Answer(found =>
        {
            http.Response.Headers.ETag = ETagOf(found.Version);
            return AppAnswer.Of(found);
        });

    private static async Task<IResult> CreateAsync(
        string project, HttpContext http, DeployApplication deploy, CancellationToken cancellation, string? message = null) =>
        (await ReadSpecAsync(http, cancellation)).Failed(out var error, out var spec) ? Problems.From(error)
            : DeployedAnswer.Of(await deploy.CreateAsync(BearerTokens.CallerOf(http), project, spec, message, cancellation), http);

    private static async Task<IResult> PreviewAsync(string project, HttpContext http, PreviewApplication preview, CancellationToken cancellation) =>
        (await ReadSpecAsync(http, cancellation)).Failed(out var error, out var spec) ? Problems.From(error)
            : (await preview.ExecuteAsync(BearerTokens.CallerOf(http), project, spec, cancellation)).Answer(shown => shown);

    private static async Task<IResult> CompareAsync(
        string project, string app, int number, int other, HttpContext http, ReleaseComparison comparison, CancellationToken cancellation) =>
        (await comparison.CompareAsync(BearerTokens.CallerOf(http), project, app, number, other, cancellation)).Answer(difference => difference);

    private static async Task<IResult> UpdateAsync(
        string project, string app, HttpContext http, DeployApplication deploy, CancellationToken cancellation,
        int? expectedRelease = null, string? message = null) =>
        (await ReadSpecAsync(http, cancellation)).Failed(out var error, out var spec) || ExpectedOf(http, expectedRelease).Failed(out error, out var expected) ? Problems.From(error)
            : DeployedAnswer.Of(await deploy.UpdateAsync(BearerTokens.CallerOf(http), project, app, spec, expected, message, cancellation), http);

    private static async Task<IResult> RollBackAsync(
        string project, string app, RollbackRequest request, HttpContext http, DeployApplication deploy, CancellationToken cancellation,
        int? expectedRelease = null, string? message = null) =>
        ExpectedOf(http, expectedRelease).Failed(out var error, out var expected) ? Problems.From(error)
            : DeployedAnswer.Of(await deploy.RollBackAsync(BearerTokens.CallerOf(http), project, app, request.Release, expected, message, cancellation), http);

    /// <summary>The state that the caller says to have seen.</summary>
    internal static Result<Expected> ExpectedOf(HttpContext http, int? release)
    {
        var match = http.Request.Headers.IfMatch.ToString();
        if (match is "" or "*") return new Expected(release);
        return match.Length > 2 && int.TryParse(match.AsSpan(1, match.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && ETagOf(version) == match
            ? new Expected(release, version)
            : new Invalid("If-Match", "Send the ETag of the application as it was answered, or leave If-Match out.");
    }

    private static string ETagOf(int version) => $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    private static async Task<IResult> SettingsAsync(
        string project, string app, SettingsChange change, HttpContext http, ApplicationSettings settings, CancellationToken cancellation) =>
        (await settings.ChangeAsync(BearerTokens.CallerOf(http), project, app, change, cancellation)).Ok(out _, out var error) ? Results.NoContent() : Problems.From(error);

    private static async Task<IResult> DeleteAsync(
        string project, string app, HttpContext http, DeleteApplication delete, CancellationToken cancellation, bool volumes = false) =>
        await Problems.AcceptedAsync(delete.ExecuteAsync(BearerTokens.CallerOf(http), project, app, volumes, cancellation));

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
    internal static async Task<Result<AppSpec>> ReadSpecAsync(HttpContext http, CancellationToken cancellation)
    {
        if (!http.Request.HasJsonContentType()) throw new BadHttpRequestException("Send the app spec as application/json.", StatusCodes.Status415UnsupportedMediaType);
        using var reader = new StreamReader(http.Request.Body);
        return AppSpecJson.Read(await reader.ReadToEndAsync(cancellation));
    }
}
