using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>
/// Decides who hears what, when: one message for the alerts of an application, after a short wait for more; news after a
/// longer one; what still fires from time to time. What is decided is stored with the alerts, so nothing is told twice.
/// </summary>
internal sealed class Notifier(IOptions<PublicOptions> site)
{
    /// <summary>Adds the deliveries that are due to <paramref name="db"/>, and answers them.</summary>
    /// <param name="alerts">All that are not over, and those over whose end was not told yet.</param>
    public async Task<IReadOnlyList<AlertDelivery>> PrepareAsync(
        BabyhelmDbContext db, IReadOnlyList<WatchedProject> projects, IReadOnlyCollection<AlertInstance> alerts, DateTimeOffset now, CancellationToken cancellation)
    {
        var byProject = alerts.Where(a => a.State != AlertState.Pending).ToLookup(a => a.ProjectId);
        var ids = byProject.Select(g => g.Key).ToList();
        var watched = projects.Select(p => p.Id).ToList();
        var groups = await db.Set<AlertGroup>().Where(g => watched.Contains(g.ProjectId)).ToDictionaryAsync(g => (g.ProjectId, g.ApplicationId), cancellation);
        var channels = (await db.Set<AlertChannel>().AsNoTracking().Where(c => c.Enabled && ids.Contains(c.ProjectId)).ToListAsync(cancellation)).ToLookup(c => c.ProjectId);
        var silences = (await db.Set<Silence>().AsNoTracking().Where(s => s.From <= now && s.Until > now && ids.Contains(s.ProjectId)).ToListAsync(cancellation)).ToLookup(s => s.ProjectId);
        var times = await db.Set<AlertTimes>().AsNoTracking().Where(t => ids.Contains(t.ProjectId)).ToDictionaryAsync(t => t.ProjectId, cancellation);
        var made = new List<AlertDelivery>();
        foreach (var project in projects.Where(p => byProject.Contains(p.Id)))
            foreach (var together in byProject[project.Id].GroupBy(a => a.ApplicationId ?? Guid.Empty))
            {
                var key = (project.Id, together.Key);
                if (!groups.Remove(key, out var group)) db.Add(group = new AlertGroup { ProjectId = project.Id, ApplicationId = together.Key });
                if (Prepare(project, group, [.. together], [.. silences[project.Id]], [.. channels[project.Id]], times.GetValueOrDefault(project.Id) ?? new AlertTimes { ProjectId = project.Id }, now) is { Count: > 0 } due)
                    made.AddRange(due);
            }
        db.RemoveRange(groups.Values); // nothing is open in them
        db.AddRange(made);
        return made;
    }

    private List<AlertDelivery> Prepare(
        WatchedProject project, AlertGroup group, IReadOnlyList<AlertInstance> alerts, IReadOnlyList<Silence> silences, IReadOnlyList<AlertChannel> channels, AlertTimes times, DateTimeOffset now)
    {
        bool IsSilent(AlertInstance a) => silences.Any(s => s.Covers(a, now)) || IsInhibited(a, alerts);
        var firing = alerts.Where(a => a.State == AlertState.Firing && !IsSilent(a)).ToList();
        var ended = new List<AlertInstance>();
        foreach (var alert in alerts.Where(a => a.OwesEnd))
            if (silences.Any(s => s.Covers(alert, now))) alert.EndNotifiedAt = now; // nobody is told, now or later
            else ended.Add(alert);
        if (channels.Count == 0)
        {
            // Who adds a channel, or switches one on, hears of what fires then, not of what was over before.
            foreach (var alert in ended) alert.EndNotifiedAt = now;
            foreach (var alert in alerts.Where(a => a.State == AlertState.Firing)) alert.NotifiedAt = null;
            (group.NewsSince, group.NotifiedAt) = (null, null);
            return [];
        }
        var isNews = ended.Count > 0 || firing.Any(a => a.NotifiedAt is null);
        group.NewsSince = isNews ? group.NewsSince ?? now : null;
        var due = (group.NewsSince, group.NotifiedAt) switch
        {
            ({ } news, null) => news + times.GroupWait,
            ({ } news, { } last) => Later(news, last + times.GroupInterval),
            (null, { } last) when firing.Count > 0 => last + times.RepeatInterval,
            _ => DateTimeOffset.MaxValue,
        };
        if (due > now) return [];

        foreach (var alert in firing) alert.NotifiedAt ??= now;
        foreach (var alert in ended) alert.EndNotifiedAt = now;
        // One that is silent now, and was told of before, is told again once it is silent no more.
        (group.NewsSince, group.NotifiedAt) = (null, alerts.Any(a => a.State == AlertState.Firing && a.NotifiedAt is not null) ? now : null);
        return [.. channels.Select(c => Delivery(project, c, alerts[0].Application, firing, ended, now)).OfType<AlertDelivery>()];
    }

    /// <summary>While an application is down, what is less says nothing new.</summary>
    private static bool IsInhibited(AlertInstance alert, IReadOnlyList<AlertInstance> alerts) => alert.Kind != AlertKind.Down
        && alerts.Any(a => a.Kind == AlertKind.Down && a.State == AlertState.Firing && a.ApplicationId == alert.ApplicationId && a.Severity > alert.Severity);

    private AlertDelivery? Delivery(
        WatchedProject project, AlertChannel channel, string? application, IEnumerable<AlertInstance> firing, IEnumerable<AlertInstance> ended, DateTimeOffset now)
    {
        AlertLine[] Lines(IEnumerable<AlertInstance> of) =>
            [.. of.Where(a => a.Severity >= channel.LeastSeverity).OrderByDescending(a => a.Severity).ThenBy(a => a.Since).ThenBy(a => a.Summary, StringComparer.Ordinal).Select(AlertLine.Of)];
        var (fires, over) = (Lines(firing), Lines(ended));
        return fires.Length + over.Length == 0 ? null : new AlertDelivery
        {
            ProjectId = project.Id,
            ChannelId = channel.Id,
            Message = new AlertMessage(fires.Length > 0 ? MessageKind.Firing : MessageKind.Resolved, project.Name, application, Page(project.Name, application), now, fires, over),
            CreatedAt = now,
            NextTryAt = now,
        };
    }

    /// <summary>Where people read on.</summary>
    internal string Page(string project, string? application) => new Uri(site.Value.Url, application is null ? $"projects/{project}/alerts" : $"projects/{project}/apps/{application}/alerts").ToString();

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
