using System.Runtime.CompilerServices;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

/// <summary>What moves: the rollout, the logs and the events of an application.</summary>
internal static class LiveEndpoints
{
    private const string SentEvents = "text/event-stream";
    private static readonly TimeSpan NewsDelay = TimeSpan.FromSeconds(5);

    public static void MapLiveEndpoints(this IEndpointRouteBuilder api)
    {
        var app = api.MapGroup("/projects/{project}/apps/{app}").WithTags("Applications");
        app.MapGet("/rollout", RolloutAsync).WithSummary("Rollout of the latest release; as text/event-stream its live steps until the end")
            .Produces<RolloutState>(200, "application/json", SentEvents).ProducesProblem(404);
        app.MapGet("/logs", LogsAsync).WithSummary("Log lines of all pods, or of one: the last ones (tail), or all that the cluster has (all); times puts each line's time before it")
            .Produces(200, contentType: "text/plain").ProducesProblem(400).ProducesProblem(404).ProducesProblem(502).ProducesProblem(503);
        app.MapGet("/events", EventsAsync).WithSummary("What the cluster said of the application, repeats folded, oldest first; type is warning or normal")
            .Produces<IReadOnlyList<AppEvent>>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> RolloutAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, LiveSources live, IHostApplicationLifetime host, TimeProvider time,
        CancellationToken cancellation)
    {
        if ((await queries.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        if (await CurrentAsync(live, found, cancellation) is not { } rollout)
            return Problems.From(new Unavailable("The rollout is being read. Try again in a moment.", "starting"));
        if (http.Request.Headers.Accept.Any(a => a?.Contains(SentEvents, StringComparison.OrdinalIgnoreCase) == true))
        {
            Watch(http, queries, project, app);
            return new EventStream<RolloutState>(
                StepsAsync(live, queries, BearerTokens.CallerOf(http), found, host.ApplicationStopping, cancellation), "rollout", time);
        }
        return Results.Ok(rollout);
    }

    /// <summary>
    /// The rollout of the release that the database has, or of a newer one: whoever has just deployed must not be shown the
    /// release before, and an end is told once it is stored, so that all routes agree. Null when the news of the release has
    /// not come within <see cref="NewsDelay"/>.
    /// </summary>
    private static async Task<RolloutState?> CurrentAsync(LiveSources live, ApplicationView app, CancellationToken cancellation)
    {
        using var subscription = live.Feed.Subscribe(app.Project.Namespace, app.Name);
        RolloutState? newest = null;
        if (IsTold(subscription.Snapshot)) return newest;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(NewsDelay);
        try
        {
            await foreach (var view in subscription.ChangesAsync(limit.Token))
                if (IsTold(view)) return newest;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // the time is over
        }
        return newest;

        bool IsTold(RolloutView view)
        {
            if (view.Rollout is { } next && next.Release >= app.Release) newest = next;
            return newest is not null && (!newest.State.IsFinal() || live.StoredEnd(app) is not null);
        }
    }

    /// <summary>
    /// The states of a rollout up to its end as it was stored: with all evidence, and agreeing with what every other route
    /// says then. A newer release takes the stream over, but for an automatic rollback: who follows a deploy wants to know
    /// that it failed. Ends with this process too: an open stream must not hold up its end.
    /// </summary>
    private static async IAsyncEnumerable<RolloutState> StepsAsync(
        LiveSources live, ApplicationQueries queries, Caller caller, ApplicationView app, CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        using var subscription = live.Feed.Subscribe(app.Project.Namespace, app.Name);
        await using var views = subscription.ChangesAsync(ended.Token).GetAsyncEnumerator(ended.Token);
        RolloutState? last = null;
        for (var rollout = subscription.Snapshot.Rollout; rollout is not null; rollout = views.Current.Rollout)
        {
            if (last is not null && rollout.Release > last.Release
                && await FailedAsync(queries, caller, app, last, cancellation) is { } failed)
            {
                yield return failed;
                yield break;
            }
            var stored = rollout.State.IsFinal() ? live.StoredEnd(app) : null;
            if (stored is not null || (!rollout.State.IsFinal() && !rollout.Equals(last))) yield return last = stored ?? rollout;
            if (stored is not null) yield break;
            try
            {
                if (!await views.MoveNextAsync()) yield break;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                yield break;
            }
        }
    }

    /// <summary>The end of a release that failed and was rolled back before its end was seen here; null for any other.</summary>
    private static async Task<RolloutState?> FailedAsync(
        ApplicationQueries queries, Caller caller, ApplicationView app, RolloutState seen, CancellationToken cancellation) =>
        (await queries.ReleaseAsync(caller, app.Project.Name, app.Name, seen.Release, cancellation)).Ok(out var release, out _)
        && release.Summary is { State: ReleaseState.Failed } failed
            ? seen with
            {
                State = ReleaseState.Failed,
                Step = $"failed: {seen.Step}",
                Steps = [.. seen.Steps.Select(s => s.Status == StepStatus.Current ? s with { Status = StepStatus.Failed } : s)],
                Diagnosis = failed.Diagnosis,
                FinishedAt = failed.FinishedAt,
            }
            : null;

    private static async Task<IResult> LogsAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, ApplicationLogs logs, IHostApplicationLifetime host,
        CancellationToken cancellation, int tail = 200, bool follow = false, bool previous = false, string? pod = null, bool all = false, bool times = false)
    {
        if ((await queries.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        if (tail is < 0 or > AppLogOptions.MaxTail) return Problems.From(new Invalid("tail", $"Use 0 to {AppLogOptions.MaxTail}."));
        if (follow && previous) return Problems.From(new Invalid("previous", "The previous run has ended: it can't be followed."));
        if (follow) Watch(http, queries, project, app);
        var options = new AppLogOptions { Tail = all ? null : tail, Follow = follow, Previous = previous, Pod = pod };
        var key = new AppKey(found.Project.Namespace, found.Name);
        return new LogText(ended => logs.ReadAsync(key, options, ended), follow, Named: pod is null, times, host.ApplicationStopping);
    }

    private static void Watch(HttpContext http, ApplicationQueries queries, string project, string app) =>
        StreamAccess.Watch(http, BearerTokens.CallerOf(http), async (caller, cancellation) => (await queries.GetAsync(caller, project, app, cancellation)).Error is null);

    private static async Task<IResult> EventsAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, ClusterCache cache, CancellationToken cancellation, string? type = null)
    {
        if ((await queries.GetAsync(BearerTokens.CallerOf(http), project, app, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        var events = cache.Get(found.Project.Namespace, found.Name).Events;
        return type?.ToUpperInvariant() switch
        {
            null => Results.Ok(events),
            "WARNING" => Results.Ok(events.Where(e => e.Warning)),
            "NORMAL" => Results.Ok(events.Where(e => !e.Warning)),
            _ => Problems.From(new Invalid("type", "Use warning or normal.")),
        };
    }
}

/// <summary>What a live answer is made of.</summary>
internal sealed class LiveSources(RolloutFeed feed, ReleaseBoard board, ClusterCache cache, TimeProvider time)
{
    public RolloutFeed Feed => feed;

    /// <summary>The end of the latest rollout, once the database has it.</summary>
    public RolloutState? StoredEnd(ApplicationView app)
    {
        var key = new AppKey(app.Project.Namespace, app.Name);
        return board.Get(key) is { } release && release.State.IsFinal() ? RolloutReducer.Reduce(release, cache.Get(key), time.GetUtcNow()) : null;
    }
}
