using System.Globalization;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Rules;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>What a message is about.</summary>
public enum MessageKind { Firing, Resolved, Test }

/// <summary>One alert in a message.</summary>
/// <param name="Summary">What is wrong, in a sentence without a full stop.</param>
/// <param name="ResolvedAt">Null while it fires.</param>
public sealed record AlertLine(
    Guid Id, string Rule, string Title, AlertSeverity Severity, string Summary, double? Value, double? Threshold, string Unit, IReadOnlyDictionary<string, string> Labels,
    DateTimeOffset Since, DateTimeOffset? ResolvedAt)
{
    /// <summary>For example <c>97.2 % (threshold 90 %)</c>; null where no number says anything.</summary>
    public string? Measured => Threshold is not { } threshold || Value is not { } value ? null : $"{Number(value)} {Unit}".TrimEnd() + $" (threshold {Number(threshold)} {Unit}".TrimEnd() + ")";

    internal static AlertLine Of(AlertInstance a) => new(
        a.Id, a.Rule, a.Title, a.Severity, a.Summary, double.IsFinite(a.Value) ? a.Value : null, a.Threshold, a.Unit, a.Labels, a.Since, a.ResolvedAt);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}

/// <summary>One message about one application's alerts, or a project's.</summary>
/// <param name="Kind">Resolved when nothing fires any more.</param>
/// <param name="Url">The page of the application, or the project's alerts.</param>
public sealed record AlertMessage(MessageKind Kind, string Project, string? Application, string Url, DateTimeOffset At, IReadOnlyList<AlertLine> Firing, IReadOnlyList<AlertLine> Resolved)
{
    private string Of => Application is null ? Project : $"{Project}/{Application}";

    public string Subject => Kind switch
    {
        MessageKind.Test => $"Test message of {Project}",
        MessageKind.Resolved => $"Resolved: {Of}: {Titles(Resolved)}",
        _ => $"{(Firing.Any(a => a.Severity == AlertSeverity.Critical) ? "Critical" : "Alert")}: {Of}: {Titles(Firing)}",
    };

    private static string Titles(IEnumerable<AlertLine> alerts) =>
        alerts.Select(a => a.Title).Distinct().ToList() is { Count: > 3 } many ? $"{string.Join(", ", many.Take(3))} and {many.Count - 3} more" : string.Join(", ", alerts.Select(a => a.Title).Distinct());
}
