using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Features.Monitoring;

namespace Babyhelm.Web.Api;

/// <summary>The panels of applications and projects as numbers.</summary>
internal static class MetricsEndpoints
{
    public static void MapMetricsEndpoints(this IEndpointRouteBuilder api)
    {
        var ranges = string.Join(", ", PanelRange.All.Select(r => r.Code));
        api.MapGet("/projects/{project}/metrics", OfProjectAsync).WithTags("Metrics").WithSummary("Panels of a project, by application")
            .WithDescription($"range: {ranges}; {PanelRange.Default.Code} by default.").Produces<PanelsAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(429);
        api.MapGet("/projects/{project}/apps/{app}/metrics", OfApplicationAsync).WithTags("Metrics").WithSummary("Panels of an application, with its releases in the time")
            .WithDescription($"range: {ranges}; {PanelRange.Default.Code} by default.").Produces<PanelsAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(429);
    }

    private static async Task<IResult> OfProjectAsync(
        string project, HttpContext http, ProjectCommands projects, PanelFeed feed, QuerySlots slots, CancellationToken cancellation, string? range = null)
    {
        var caller = BearerTokens.CallerOf(http);
        if ((await projects.GetAsync(caller, project, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        return await AnswerAsync(found, feed, slots, caller.UserId, range, r => ShownPanels.Of(null, null).Select(p => new PanelKey(found.Namespace, null, p, r)), [], cancellation);
    }

    private static async Task<IResult> OfApplicationAsync(
        string project, string app, HttpContext http, ApplicationQueries queries, PanelFeed feed, QuerySlots slots, CancellationToken cancellation, string? range = null)
    {
        var caller = BearerTokens.CallerOf(http);
        if ((await queries.GetAsync(caller, project, app, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        if ((await queries.ReleasesAsync(caller, project, app, cancellation)).Failed(out error, out var releases)) return Problems.From(error);
        return await AnswerAsync(found.Project, feed, slots, caller.UserId, range,
            r => ShownPanels.Of(found.Name, found.Spec.Kind).Select(p => new PanelKey(found.Project.Namespace, found.Name, p, r)), releases, cancellation);
    }

    private static async Task<IResult> AnswerAsync(
        ProjectView project, PanelFeed feed, QuerySlots slots, Guid user, string? code, Func<PanelRange, IEnumerable<PanelKey>> panels, IReadOnlyList<ReleaseSummary> releases, CancellationToken cancellation)
    {
        if ((string.IsNullOrEmpty(code) ? PanelRange.Default : PanelRange.Of(code)) is not { } range)
            return Problems.From(new Invalid("range", $"Give one of {string.Join(", ", PanelRange.All.Select(r => r.Code))}."));
        if (PanelAccess.WhyNot(project) is { } reason) return Problems.From(reason);
        if ((await slots.TakeAsync(user, cancellation)).Failed(out var error, out var slot)) return Problems.From(error);
        using (slot)
        {
            var read = await Task.WhenAll(panels(range).Select(key => feed.ReadAsync(key, cancellation)));
            return Results.Ok(PanelsAnswer.Of(range, read, releases));
        }
    }
}

/// <param name="Releases">Those of the time that the panels show, the newest first; none for a project.</param>
internal sealed record PanelsAnswer(string Range, IReadOnlyList<PanelAnswer> Panels, IReadOnlyList<ReleaseTime> Releases)
{
    public static PanelsAnswer Of(PanelRange range, IReadOnlyList<PanelSnapshot> panels, IReadOnlyList<ReleaseSummary> releases) => new(
        range.Code, [.. panels.Select(PanelAnswer.Of)],
        [.. releases.Where(r => r.CreatedAt >= panels.Min(p => p.From)).Select(r => new ReleaseTime(r.Number, r.State, r.CreatedAt))]);
}

internal sealed record ReleaseTime(int Number, Core.Rollouts.ReleaseState State, DateTimeOffset CreatedAt);

/// <param name="From">Time of the first value of each series; the others follow by <paramref name="StepSeconds"/>.</param>
/// <param name="Problem">Why there is no new answer, where there is none; else null.</param>
internal sealed record PanelAnswer(
    string Panel, string Title, PanelUnit Unit, PanelState State, DateTimeOffset From, DateTimeOffset Until, int StepSeconds,
    string? Problem, DateTimeOffset? Since, IReadOnlyList<string> Missing, IReadOnlyList<SeriesAnswer> Series)
{
    public static PanelAnswer Of(PanelSnapshot panel) => new(
        panel.Key.Panel.Code, panel.Key.Panel.Title, panel.Key.Panel.Unit, panel.State, panel.From, panel.Until, (int)panel.Key.Range.Step.TotalSeconds,
        panel.Problem?.Public, panel.Since, panel.Missing, [.. panel.Series.Select(s => new SeriesAnswer(s.Name, [.. s.Values.Select(v => double.IsNaN(v) ? (double?)null : v)]))]);
}

/// <param name="Values">Null where there is none.</param>
internal sealed record SeriesAnswer(string Name, IReadOnlyList<double?> Values);
