using Babyhelm.Core.Monitoring.Alerts.Rules;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>What became of the open alerts by a look at everything.</summary>
/// <param name="Added">New ones.</param>
/// <param name="Dropped">Pending ones that came to nothing.</param>
/// <param name="ChangedProjects">Those with something new for their pages.</param>
/// <param name="Full">Rows of the projects' own rules that would have more open alerts than they can.</param>
internal sealed record AlertChanges(IReadOnlyList<AlertInstance> Added, IReadOnlyList<AlertInstance> Dropped, IReadOnlySet<Guid> ChangedProjects, IReadOnlySet<Guid> Full);

/// <summary>Moves alerts from pending to firing to resolved. Nothing is read or written here.</summary>
internal static class AlertMachine
{
    /// <summary>A firing alert is over once it has not held for so long: containers that restart would end it each time.</summary>
    public static readonly TimeSpan ResolveAfter = TimeSpan.FromMinutes(1);

    /// <summary>Open alerts that one rule of a project can have: series that are new at each look would be without end.</summary>
    public const int MaxOpen = 100;

    /// <summary>After a longer time without a look, nobody knows whether it held meanwhile: the waiting begins anew.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromMinutes(2);

    /// <param name="open">All that are not over, and those over whose end was not told yet.</param>
    public static AlertChanges Step(IReadOnlyCollection<AlertInstance> open, Observations observations, IReadOnlyCollection<WatchedProject> projects, DateTimeOffset now)
    {
        var (added, dropped, changed) = (new List<AlertInstance>(), new List<AlertInstance>(), new HashSet<Guid>());
        var seen = observations.Seen.GroupBy(o => (o.Project.Id, o.Fingerprint)).ToDictionary(g => g.Key, g => g.First());
        var rules = new CurrentRules(projects);
        var known = new HashSet<(Guid, string)>();
        // One that is over comes after one that is open: of two alike only one goes on.
        foreach (var alert in open.OrderBy(a => a.State == AlertState.Resolved))
        {
            var key = (alert.ProjectId, alert.Fingerprint);
            if (seen.TryGetValue(key, out var observation))
            {
                if (!known.Add(key)) continue;
                if (Holds(alert, observation, now)) changed.Add(alert.ProjectId);
            }
            else if (alert.State == AlertState.Resolved) continue;
            else if (!rules.Has(alert))
            {
                // The rule or the application is gone, or switched off: nobody looks any more.
                if (alert.State == AlertState.Pending) dropped.Add(alert);
                else End(alert, now);
                changed.Add(alert.ProjectId);
            }
            else if (observations.IsPostponed(alert.ProjectId, alert.Rule)) alert.SeenAt = now;
            else if (observations.IsKnown(alert.ProjectId, alert.Rule) && Clears(alert, dropped, now)) changed.Add(alert.ProjectId);
        }
        var full = new HashSet<Guid>();
        var counts = open.Except(dropped).Where(a => a.State != AlertState.Resolved).CountBy(a => (a.ProjectId, a.Rule)).ToDictionary();
        foreach (var (key, observation) in seen.Where(s => !known.Contains(s.Key)))
        {
            if (ReadyMadeRule.Of(observation.Rule.Kind) is null)
            {
                var count = counts.GetValueOrDefault((key.Id, observation.Rule.Name));
                if (count >= MaxOpen)
                {
                    full.Add(observation.Rule.RowId!.Value);
                    continue;
                }
                counts[(key.Id, observation.Rule.Name)] = count + 1;
            }
            added.Add(Begin(observation, now));
            changed.Add(key.Id);
        }
        return new AlertChanges(added, dropped, changed, full);
    }

    private static AlertInstance Begin(Observation o, DateTimeOffset now)
    {
        var fires = o.Rule.For <= TimeSpan.Zero;
        return new AlertInstance
        {
            ProjectId = o.Project.Id,
            ApplicationId = o.Application?.Id,
            Application = o.Application?.Name,
            Rule = o.Rule.Name,
            Kind = o.Rule.Kind,
            Title = o.Rule.Title,
            Fingerprint = o.Fingerprint,
            Labels = o.Labels,
            Severity = o.Rule.Severity,
            Summary = o.Summary,
            Value = o.Value,
            Threshold = o.Rule.Threshold,
            Unit = o.Rule.Unit,
            Since = now,
            SeenAt = now,
            State = fires ? AlertState.Firing : AlertState.Pending,
            FiringAt = fires ? now : null,
        };
    }

    /// <returns>Whether there is something new to show.</returns>
    private static bool Holds(AlertInstance alert, Observation o, DateTimeOffset now)
    {
        var before = (alert.State, alert.Severity, alert.Summary, alert.Value, alert.Threshold, alert.ClearSince);
        if (alert.State == AlertState.Pending && now - alert.SeenAt > LongestGap) alert.Since = now;
        (alert.SeenAt, alert.ClearSince, alert.Severity, alert.Summary, alert.Value, alert.Threshold) = (now, null, o.Rule.Severity, o.Summary, o.Value, o.Rule.Threshold);
        // Its end was not told yet: for those who heard of it, it never ended.
        if (alert.State == AlertState.Resolved) (alert.State, alert.ResolvedAt) = (AlertState.Firing, null);
        else if (alert.State == AlertState.Pending && now - alert.Since >= o.Rule.For) (alert.State, alert.FiringAt) = (AlertState.Firing, now);
        return before != (alert.State, alert.Severity, alert.Summary, alert.Value, alert.Threshold, alert.ClearSince);
    }

    private static bool Clears(AlertInstance alert, List<AlertInstance> dropped, DateTimeOffset now)
    {
        if (alert.State == AlertState.Pending)
        {
            dropped.Add(alert);
            return true;
        }
        alert.ClearSince ??= now;
        if (now - alert.ClearSince < ResolveAfter) return false;
        End(alert, now);
        return true;
    }

    private static void End(AlertInstance alert, DateTimeOffset now) => (alert.State, alert.ResolvedAt) = (AlertState.Resolved, now);

    /// <summary>Which rules are switched on, and for what.</summary>
    private sealed class CurrentRules(IEnumerable<WatchedProject> projects)
    {
        private readonly Dictionary<Guid, WatchedProject> _projects = projects.ToDictionary(p => p.Id);

        public bool Has(AlertInstance alert)
        {
            if (_projects.GetValueOrDefault(alert.ProjectId) is not { } project) return false;
            if (alert.ApplicationId is { } app && project.Apps.All(a => a.Id != app)) return false;
            return ReadyMadeRule.Of(alert.Kind) is { } rule ? project.Rules.Get(rule, alert.ApplicationId).Enabled : project.Rules.Own().Any(r => r.Name == alert.Rule && r.Enabled);
        }
    }
}
