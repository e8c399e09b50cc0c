using System.Globalization;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Alerts;

/// <summary>What the tab of a project's or an application's alerts shows.</summary>
/// <param name="Channels">With the deliveries empty on an application's page, which has neither.</param>
public sealed record AlertsModel(
    AlertList Alerts, IReadOnlyList<RuleView> Rules, IReadOnlyList<SilenceView> Silences, IReadOnlyList<ChannelView> Channels, IReadOnlyList<DeliveryView> Deliveries, AlertTimesView Times)
{
    public IEnumerable<AlertView> Open => Alerts.Alerts.Where(a => a.State != AlertState.Resolved);

    public IEnumerable<AlertView> Ended => Alerts.Alerts.Where(a => a.State == AlertState.Resolved).Take(20);
}

/// <summary>Reads it in one go.</summary>
public sealed class AlertsReader(AlertQueries queries, AlertRules rules, Silences silences, AlertChannels channels, AlertTimings timings)
{
    /// <param name="app">Null for the project.</param>
    public async Task<Result<AlertsModel>> ReadAsync(Caller caller, string project, string? app, CancellationToken cancellation)
    {
        if ((await queries.ListAsync(caller, project, app, cancellation)).Failed(out var error, out var alerts)) return error;
        if ((await rules.ListAsync(caller, project, app, cancellation)).Failed(out error, out var all)) return error;
        if ((await silences.ListAsync(caller, project, cancellation)).Failed(out error, out var silent)) return error;
        if ((await channels.ListAsync(caller, project, cancellation)).Failed(out error, out var receivers)) return error;
        if ((await queries.DeliveriesAsync(caller, project, cancellation)).Failed(out error, out var sent)) return error;
        if ((await timings.ReadAsync(caller, project, cancellation)).Failed(out error, out var times)) return error;
        return new AlertsModel(alerts, all, silent, receivers, sent, times);
    }
}

/// <summary>How alerts are said.</summary>
internal static class AlertWords
{
    public static StatusWord Of(AlertView alert) => alert.State switch
    {
        AlertState.Firing when alert.Silenced => new("firing", "Firing, silenced", "idle"),
        AlertState.Firing => new("firing", "Firing", alert.Severity == AlertSeverity.Critical ? "bad" : "warn"),
        AlertState.Pending => new("pending", "Pending", "idle"),
        _ => new("resolved", "Resolved", "ok"),
    };

    public static StatusWord Of(DeliveryView delivery) => delivery.Outcome switch
    {
        DeliveryOutcome.Delivered => new("delivered", "Delivered", "ok"),
        DeliveryOutcome.Failed => new("failed", "Failed", "bad"),
        _ => new("waiting", "Waiting", "busy"),
    };

    public static string Number(double? value) => value?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";

    public static string For(int seconds) => seconds == 0 ? "at once" : seconds % 3600 == 0 ? $"for {seconds / 3600} h" : seconds % 60 == 0 ? $"for {seconds / 60} min" : $"for {seconds} s";
}
