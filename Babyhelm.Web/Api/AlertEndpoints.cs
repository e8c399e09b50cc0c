using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;

namespace Babyhelm.Web.Api;

internal sealed record CreateChannelRequest(string? Name, ChannelKind Kind, string? Target, string? Url, string? Key, AlertSeverity? LeastSeverity, bool? Enabled);

/// <summary>Alerts of a project: what fires, the rules, silences, channels and what was sent. Secrets of channels go in and never come out.</summary>
internal static class AlertEndpoints
{
    public static void MapAlertEndpoints(this IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/projects/{project}/alerts").WithTags("Alerts");
        alerts.MapGet("", (string project, string? app, HttpContext http, AlertQueries queries, CancellationToken cancellation) =>
            Problems.OkAsync(queries.ListAsync(BearerTokens.CallerOf(http), project, app, cancellation)))
            .WithSummary("Alerts that fire, are pending, or ended within a week; with app, those of one application").Produces<AlertList>().ProducesProblem(404);
        MapRules(alerts.MapGroup("/rules"));
        MapSilences(alerts.MapGroup("/silences"));
        MapChannels(alerts.MapGroup("/channels"));
        alerts.MapGet("/deliveries", (string project, HttpContext http, AlertQueries queries, CancellationToken cancellation) =>
            Problems.OkAsync(queries.DeliveriesAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("The newest 100 messages with what became of them").Produces<IReadOnlyList<DeliveryView>>().ProducesProblem(404);
        alerts.MapPost("/deliveries/{id:guid}/retry", (string project, Guid id, HttpContext http, AlertQueries queries, CancellationToken cancellation) =>
            Problems.AcceptedAsync(queries.RetryAsync(BearerTokens.CallerOf(http), project, id, cancellation)))
            .WithSummary("Try a message now that waits or has failed").Produces(202).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        alerts.MapGet("/times", (string project, HttpContext http, AlertTimings timings, CancellationToken cancellation) =>
            Problems.OkAsync(timings.ReadAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("When messages go out, in seconds").Produces<AlertTimesView>().ProducesProblem(404);
        alerts.MapPut("/times", (string project, AlertTimesView body, HttpContext http, AlertTimings timings, CancellationToken cancellation) =>
            Problems.OkAsync(timings.ChangeAsync(BearerTokens.CallerOf(http), project, body, cancellation)))
            .WithSummary("Change when messages go out; what is null stays").Produces<AlertTimesView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
    }

    private static void MapRules(RouteGroupBuilder rules)
    {
        rules.MapGet("", (string project, string? app, HttpContext http, AlertRules commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ListAsync(BearerTokens.CallerOf(http), project, app, cancellation)))
            .WithSummary("Rules of the project, or with app those that hold for one application").Produces<IReadOnlyList<RuleView>>().ProducesProblem(404);
        rules.MapPut("/{name}", (string project, string name, string? app, RuleGiven body, HttpContext http, AlertRules commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.SetAsync(BearerTokens.CallerOf(http), project, name, app, body, cancellation)))
            .WithSummary("Change a ready-made rule (with app, for one application), or write one with a PromQL query; what is null stays")
            .Produces<RuleView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        rules.MapDelete("/{name}", (string project, string name, string? app, HttpContext http, AlertRules commands, CancellationToken cancellation) =>
            Problems.NoContentAsync(commands.DeleteAsync(BearerTokens.CallerOf(http), project, name, app, cancellation)))
            .WithSummary("Remove a rule of the project's own, or what was changed of a ready-made one").Produces(204).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    private static void MapSilences(RouteGroupBuilder silences)
    {
        silences.MapGet("", (string project, HttpContext http, Silences commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ListAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("Silences that are not over").Produces<IReadOnlyList<SilenceView>>().ProducesProblem(404);
        silences.MapPost("", async (string project, SilenceGiven body, HttpContext http, Silences commands, CancellationToken cancellation) =>
            (await commands.CreateAsync(BearerTokens.CallerOf(http), project, body, cancellation)).Ok(out var made, out var error)
                ? Results.Created($"/api/v1/projects/{project}/alerts/silences", made) : Problems.From(error))
            .WithSummary("No messages of alerts that fit all matchers, until a time").Produces<SilenceView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        silences.MapDelete("/{id:guid}", (string project, Guid id, HttpContext http, Silences commands, CancellationToken cancellation) =>
            Problems.NoContentAsync(commands.EndAsync(BearerTokens.CallerOf(http), project, id, cancellation)))
            .WithSummary("End it now").Produces(204).ProducesProblem(403).ProducesProblem(404);
    }

    private static void MapChannels(RouteGroupBuilder channels)
    {
        channels.MapGet("", (string project, HttpContext http, AlertChannels commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ListAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("Where messages go").Produces<IReadOnlyList<ChannelView>>().ProducesProblem(404);
        channels.MapPost("", async (string project, CreateChannelRequest body, HttpContext http, AlertChannels commands, CancellationToken cancellation) =>
            (await commands.CreateAsync(BearerTokens.CallerOf(http), project, body.Name, body.Kind, new(body.Target, body.Url, body.Key, body.LeastSeverity, body.Enabled), cancellation)).Ok(out var made, out var error)
                ? Results.Created($"/api/v1/projects/{project}/alerts/channels", made) : Problems.From(error))
            .WithSummary("Add a channel; a webhook without a key is given one, which is answered this once")
            .Produces<ChannelView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        channels.MapPut("/{name}", (string project, string name, ChannelGiven body, HttpContext http, AlertChannels commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ChangeAsync(BearerTokens.CallerOf(http), project, name, body, cancellation)))
            .WithSummary("Change it; what is null stays").Produces<ChannelView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
        channels.MapDelete("/{name}", (string project, string name, HttpContext http, AlertChannels commands, CancellationToken cancellation) =>
            Problems.NoContentAsync(commands.DeleteAsync(BearerTokens.CallerOf(http), project, name, cancellation)))
            .WithSummary("Remove it with its deliveries").Produces(204).ProducesProblem(403).ProducesProblem(404);
        channels.MapPost("/{name}/test", (string project, string name, HttpContext http, AlertChannels commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.TestAsync(BearerTokens.CallerOf(http), project, name, cancellation)))
            .WithSummary("Send a test message now, and see what the receiver says").Produces<ChannelTest>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(429);
    }
}
