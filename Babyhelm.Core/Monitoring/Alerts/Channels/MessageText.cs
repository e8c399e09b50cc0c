using System.Globalization;
using System.Text;
using Babyhelm.Core.Monitoring.Alerts.Notification;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>A message as plain lines: what, since when, value against threshold, and where to read on.</summary>
internal static class MessageText
{
    private const int MaxLines = 20;

    /// <param name="escape">Makes text harmless for the receiver.</param>
    /// <param name="link">Writes the link.</param>
    /// <param name="limit">Characters; lines that are too much are left out, and counted.</param>
    public static string Of(AlertMessage message, Func<string, string> escape, Func<string, string> link, int limit = int.MaxValue)
    {
        var end = $"\n{link(message.Url)}";
        var text = new StringBuilder(escape(message.Subject)).Append('\n');
        if (message.Kind == MessageKind.Test) text.Append(escape("Alerts of this project will come here. Nothing is wrong.")).Append('\n');
        var lines = message.Firing.Select(Line).Concat(message.Resolved.Select(Line)).ToList();
        for (var at = 0; at < lines.Count; at++)
        {
            var line = $"{escape(lines[at])}\n";
            if (at < MaxLines && text.Length + line.Length + end.Length + 20 <= limit) text.Append(line);
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"… {lines.Count - at} more\n");
                break;
            }
        }
        return text.Append(end).ToString();
    }

    private static string Line(AlertLine alert) => alert.ResolvedAt is { } at
        ? $"- Resolved at {Time(at)}: {Summary(alert)}. It began at {Time(alert.Since)}."
        : $"- {alert.Severity}: {Summary(alert)}, since {Time(alert.Since)}.{(alert.Measured is { } measured ? $" Measured: {measured}." : "")}";

    /// <summary>Labels are in it: no line of it can pass for one of the message.</summary>
    private static string Summary(AlertLine alert) => AlertText.Clean(alert.Summary, AlertText.MaxSentence);

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
