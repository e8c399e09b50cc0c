using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Creates an application, deploys a changed spec or rolls back to an earlier release. Who says which state they started from
/// (<see cref="Expected"/>) is told of a newer one, <see cref="ChangedMeanwhile"/>, instead of replacing it unseen; null replaces
/// whatever is there. A stopped application stays stopped.
/// </summary>
public sealed class DeployApplication
{
    /// <summary>Longest message of a release, in characters.</summary>
    public const int MaxMessage = 500;

    public const string NoAutoscaling = "This cluster has no autoscaling/v2: the application runs its smallest number of replicas.";

    private readonly ReleaseWriter _writer;
    private readonly SecretValues _secrets;

    internal DeployApplication(ReleaseWriter writer, SecretValues secrets) => (_writer, _secrets) = (writer, secrets);

    /// <summary>Deploys the first release of a new application. <see cref="Conflict"/> when the name is taken.</summary>
    /// <param name="message">Why, at most <see cref="MaxMessage"/> characters; null where nobody says.</param>
    public Task<Result<Deployed>> CreateAsync(Caller caller, string project, AppSpec spec, string? message, CancellationToken cancellation) =>
        CreateAsync(caller, project, spec, message, stopped: false, cancellation);

    /// <param name="stopped">It runs nothing until it is started.</param>
    internal async Task<Result<Deployed>> CreateAsync(Caller caller, string project, AppSpec spec, string? message, bool stopped, CancellationToken cancellation) =>
        MessageProblem(message) is { } problem ? problem
            : await _writer.CreateAsync(caller, project, () => Plan(caller, spec, null, message).Map(plan => plan with { Stopped = stopped }), cancellation);

    /// <summary>Deploys a new release of an application that exists. The spec replaces the old one whole.</summary>
    public async Task<Result<Deployed>> UpdateAsync(
        Caller caller, string project, string app, AppSpec spec, Expected? expected, string? message, CancellationToken cancellation)
    {
        if (spec.Name != app) return new Invalid("name", "An application can't be renamed. Create a new one instead.");
        if (MessageProblem(message) is { } problem) return problem;
        return await _writer.AddAsync(caller, project, app, AppAction.Deploy, "application.deploy", expected,
            ground => Task.FromResult(Plan(caller, spec, ground, message)), cancellation);
    }

    /// <summary>Deploys another image with everything else as it is.</summary>
    public async Task<Result<Deployed>> UpdateImageAsync(
        Caller caller, string project, string app, string image, Expected? expected, string? message, CancellationToken cancellation) =>
        MessageProblem(message) is { } problem ? problem
            : await _writer.AddAsync(caller, project, app, AppAction.Deploy, "application.deploy", expected,
                ground => Task.FromResult(Plan(caller, ground.App.Spec with { Image = image }, ground, message)), cancellation);

    /// <summary>Deploys the image that runs now by its digest: a tag that moves changes nothing any more. <see cref="Conflict"/> while the digest is not known.</summary>
    public Task<Result<Deployed>> PinAsync(Caller caller, string project, string app, Expected? expected, CancellationToken cancellation) =>
        _writer.AddAsync(caller, project, app, AppAction.Deploy, "application.deploy", expected, ground =>
        {
            if (ground.Latest.Digest is not { } digest) return Refused("The digest of the image that runs is not known: a release has one once its pods were live.", "no-digest");
            var pinned = ImageDigest.Pin(ground.App.Spec.Image, digest);
            return pinned == ground.App.Spec.Image
                ? Refused("The image is given by its digest already.", "pinned")
                : Task.FromResult(Plan(caller, ground.App.Spec with { Image = pinned }, ground, $"Pinned to {digest[..Math.Min(19, digest.Length)]}"));
        }, cancellation);

    /// <summary>
    /// Deploys an earlier release again, with its settings and secrets, as a new one, by the digest that it ran where that is
    /// known. <see cref="NotFound"/> for a number that never was or is not kept any more.
    /// </summary>
    public async Task<Result<Deployed>> RollBackAsync(
        Caller caller, string project, string app, int release, Expected? expected, string? message, CancellationToken cancellation)
    {
        if (MessageProblem(message) is { } problem) return problem;
        return await _writer.AddAsync(caller, project, app, AppAction.RollBack, "application.rollback", expected, async ground =>
        {
            var earlier = await ground.Db.Set<Release>().AsNoTracking().FirstOrDefaultAsync(r => r.ApplicationId == ground.App.Id && r.Number == release, cancellation);
            if (earlier is null) return new NotFound($"There is no release {release} of '{app}'.");
            return ReleasePlan.Repeat(earlier, _secrets.Unprotect(earlier.ProtectedSecrets), caller.UserId, caller.Email) with
            {
                Message = string.IsNullOrWhiteSpace(message) ? $"Rollback to release {release}" : message.Trim(),
                Stopped = ground.Standing.Stopped,
            };
        }, cancellation);
    }

    private static Task<Result<ReleasePlan>> Refused(string message, string code) => Task.FromResult<Result<ReleasePlan>>(new Conflict(message, code));

    private static Invalid? MessageProblem(string? message) =>
        message?.Trim().Length > MaxMessage ? new Invalid("message", $"A message has at most {MaxMessage} characters.") : null;

    /// <param name="ground">Null for a new application.</param>
    private Result<ReleasePlan> Plan(Caller caller, AppSpec given, ReleaseGround? ground, string? message) =>
        GivenSpec.Read(given, _secrets.Unprotect(ground?.Latest.ProtectedSecrets)).Map(read => new ReleasePlan(read.Spec, read.Secrets, caller.UserId, caller.Email)
        {
            Message = string.IsNullOrWhiteSpace(message) ? null : message.Trim(),
            Stopped = ground?.Standing.Stopped ?? false,
            PullsAlways = ground is { Latest: { PullsAlways: true } latest } && latest.Spec.Image == read.Spec.Image,
        });
}
