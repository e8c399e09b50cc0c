using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Folds alike events of an application: same object, same reason, same words but for generated names and numbers.
/// The result depends on the set of events only, not on the order in which they came.
/// </summary>
public static partial class EventFolder
{
    /// <summary>The newest are kept.</summary>
    public const int MaxEvents = 100;

    private const int MaxMessage = 2000;
    private const string Combined = "(combined from similar events): ";

    public static IReadOnlyList<AppEvent> Fold(IEnumerable<Event> events)
    {
        var folded = new Dictionary<(string Kind, string Name, string? Container, string Reason, string Message), AppEvent>();
        foreach (var e in events)
        {
            var one = From(e);
            var key = (one.Kind, one.Name, one.Container, one.Reason, Alike(one));
            folded[key] = folded.TryGetValue(key, out var known) ? Merge(known, one) : one;
        }
        return [.. folded.Values
            .OrderBy(e => e.Last).ThenBy(e => e.First).ThenBy(e => e.Name, StringComparer.Ordinal)
            .ThenBy(e => e.Reason, StringComparer.Ordinal).ThenBy(e => e.Message, StringComparer.Ordinal)
            .TakeLast(MaxEvents)];
    }

    /// <summary>The container's name in a field path such as <c>spec.containers{web}</c>, or null.</summary>
    internal static string? ContainerOf(string? fieldPath)
    {
        if (fieldPath is null || !fieldPath.EndsWith('}')) return null;
        var open = fieldPath.IndexOf('{', StringComparison.Ordinal);
        return open < 0 ? null : fieldPath[(open + 1)..^1];
    }

    private static AppEvent From(Event e)
    {
        var last = e.LastSeen ?? DateTimeOffset.MinValue;
        var first = e.FirstTimestamp ?? e.EventTime ?? e.Metadata.CreationTimestamp ?? last;
        var message = e.Message.StartsWith(Combined, StringComparison.Ordinal) ? e.Message[Combined.Length..] : e.Message;
        if (message.Length > MaxMessage) message = message[..MaxMessage];
        return new AppEvent(
            e.InvolvedObject.Kind, e.InvolvedObject.Name, ContainerOf(e.InvolvedObject.FieldPath), e.Type == "Warning",
            e.Reason, message.Replace('\0', ' ').Trim(), Math.Max(1, Math.Max(e.Count, e.Series?.Count ?? 0)), first < last ? first : last, last);
    }

    private static AppEvent Merge(AppEvent a, AppEvent b)
    {
        var byTime = a.Last.CompareTo(b.Last);
        var newer = byTime > 0 || (byTime == 0 && string.CompareOrdinal(a.Message, b.Message) >= 0) ? a : b;
        return newer with { Count = a.Count + b.Count, First = a.First < b.First ? a.First : b.First };
    }

    private static string Alike(AppEvent e) => e.Warning ? Varying().Replace(e.Message, "*") : e.Message;

    // Generated pod names and uids, and every number: ports, addresses, back-off times.
    [GeneratedRegex("""pods? "[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|\d+""")]
    private static partial Regex Varying();
}
