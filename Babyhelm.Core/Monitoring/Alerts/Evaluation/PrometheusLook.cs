using System.Collections.Concurrent;
using System.Globalization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>The rules that Prometheus answers. Ready-made ones cost one query each for all projects, those of projects one each.</summary>
internal sealed class PrometheusLook(PrometheusClient prometheus, IOptions<PrometheusOptions> options, Baselines baselines, ClusterCache cache)
{
    /// <summary>Alerts that one rule of a project can have at a time; the rest is cut off.</summary>
    public const int MaxSeries = 100;

    /// <summary>Said of a rule that would have more.</summary>
    public static readonly string TooManyAlerts = $"It holds for more than {MaxSeries} series: the rest are no alerts. Ask for fewer.";

    /// <summary>Own rules that are asked at a time.</summary>
    private const int Parallel = 4;

    /// <summary>What the own rules of all projects may take in one look; those without a turn have theirs in the next.</summary>
    private static readonly TimeSpan OwnLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _asked = new();

    public async Task LookAsync(IReadOnlyList<WatchedProject> projects, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        if (projects.Count == 0) return;
        var away = options.Value.Url is null ? new Unavailable("Prometheus is not set up.") : null;
        into.PrometheusProblem = away?.Public;
        var scope = new NamespaceScope(projects.Select(p => p.Namespace));
        // All at once: a slow Prometheus holds up a look for one time limit and not for each.
        var asked = ReadyMadeQueries.All.Select(q => (q.Kind, Answer: away is null ? AskAsync(q.Query, scope, now, cancellation) : Task.FromResult<Result<IReadOnlyList<MetricSeries>>>(away))).ToList();
        await Task.WhenAll(asked.Select(a => a.Answer));
        foreach (var (kind, answer) in asked)
        {
            if ((await answer).Failed(out var error, out var series))
            {
                // Own rules are not asked where Prometheus could not be reached. What it refuses is about that query alone.
                away ??= error as Unavailable;
                into.PrometheusProblem = away?.Public ?? $"The rule {ReadyMadeRule.Of(kind)!.Name} was not evaluated: {error.Public}";
            }
            var byNamespace = series?.ToLookup(s => s.Labels.GetValueOrDefault("namespace") ?? "", StringComparer.Ordinal);
            foreach (var project in projects)
                if (byNamespace is null) into.NotKnown(project, ReadyMadeRule.Of(kind)!.Name);
                else ReadyMade(kind, project, byNamespace[project.Namespace], into);
        }
        await OwnAsync(projects, away, into, now, cancellation);
    }

    private async Task<Result<IReadOnlyList<MetricSeries>>> AskAsync(string query, NamespaceScope scope, DateTimeOffset now, CancellationToken cancellation) =>
        QueryScope.Limit(query, scope).Failed(out var error, out var limited) ? error : await prometheus.QueryAsync(limited, now, cancellation);

    private async Task OwnAsync(IReadOnlyList<WatchedProject> projects, Unavailable? away, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        var turns = InTurn(projects);
        var answers = new Result<IReadOnlyList<MetricSeries>>?[turns.Count];
        if (away is not null) Array.Fill(answers, away);
        else
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(OwnLimit);
            var turn = -1;
            await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async _ =>
            {
                while (!limit.IsCancellationRequested && Interlocked.Increment(ref turn) is var at && at < turns.Count)
                {
                    _asked[turns[at].Rule.RowId!.Value] = now;
                    answers[at] = await AskOwnAsync(turns[at].Project, turns[at].Rule, now, limit.Token, cancellation);
                }
            }));
            cancellation.ThrowIfCancellationRequested();
        }
        for (var at = 0; at < turns.Count; at++) Own(turns[at].Project, turns[at].Rule, answers[at], into);
    }

    /// <summary>One rule of each project after the other, first those that were not asked for the longest time: no project holds up the others.</summary>
    private List<(WatchedProject Project, EffectiveRule Rule)> InTurn(IReadOnlyList<WatchedProject> projects)
    {
        var turns = projects.SelectMany(p => p.Rules.Own().Where(r => r.Enabled).Select(r => (Project: p, Rule: r, Asked: _asked.GetValueOrDefault(r.RowId!.Value)))
            .OrderBy(t => t.Asked).Select((t, rank) => (t.Project, t.Rule, t.Asked, Rank: rank))).OrderBy(t => t.Rank).ThenBy(t => t.Asked).ToList();
        foreach (var gone in _asked.Keys.Except(turns.Select(t => t.Rule.RowId!.Value))) _asked.TryRemove(gone, out _);
        return turns.ConvertAll(t => (t.Project, t.Rule));
    }

    private void ReadyMade(AlertKind kind, WatchedProject project, IEnumerable<MetricSeries> series, Observations into)
    {
        var values = series.Where(s => s.Samples.Count > 0).Select(s => (s.Labels, Value: s.Samples[^1].Value));
        var found = kind switch
        {
            AlertKind.Cpu or AlertKind.Memory => ByPod(kind == AlertKind.Cpu ? "cpu" : "memory", project, values),
            AlertKind.Volume => ByClaim(project, values),
            _ => from v in values let app = project.App(v.Labels.GetValueOrDefault("application")) where app is not null select (App: app, Name: (string?)null, v.Value),
        };
        // Of many containers the worst counts: one alert for an application, or for a volume of it.
        foreach (var worst in found.GroupBy(f => (f.App, Claim: kind == AlertKind.Volume ? f.Name : null)).Select(g => g.MaxBy(f => f.Value)))
        {
            var rule = project.Rules.Get(kind, worst.App.Id);
            var value = Math.Round(worst.Value, 1);
            if (!rule.Enabled || !rule.IsBreachedBy(value)) continue;
            into.Seen.Add(new Observation(project, worst.App, rule,
                kind == AlertKind.Volume ? new Dictionary<string, string> { ["volume"] = worst.Name! } : Observation.NoLabels, value, Summary(kind, worst.App.Name, worst.Name, value)));
        }
    }

    /// <summary>Percent of its limits, summed over its containers, that each pod of the project's applications uses; a pod with a container without one has none.</summary>
    private IEnumerable<(WatchedApp App, string? Name, double Value)> ByPod(string resource, WatchedProject project, IEnumerable<(IReadOnlyDictionary<string, string> Labels, double Value)> values)
    {
        var used = values.ToLookup(v => v.Labels.GetValueOrDefault("pod") ?? "", v => v.Value);
        return from app in project.Apps
               from pod in cache.Get(project.Namespace, app.Name).Pods
               let limits = (pod.Spec.Containers ?? []).Select(c => Amount(pod.Limit(c.Name, resource))).ToList()
               where limits.Count > 0 && limits.All(l => l > 0)
               let limit = limits.Sum()
               from value in used[pod.Metadata.Name]
               select (app, (string?)pod.Metadata.Name, 100 * value / limit);
    }

    private IEnumerable<(WatchedApp App, string? Name, double Value)> ByClaim(WatchedProject project, IEnumerable<(IReadOnlyDictionary<string, string> Labels, double Value)> values)
    {
        var used = values.ToLookup(v => v.Labels.GetValueOrDefault("persistentvolumeclaim") ?? "", v => v.Value);
        return from app in project.Apps
               from claim in cache.Get(project.Namespace, app.Name).Claims
               from value in used[claim.Metadata.Name]
               select (app, (string?)claim.Metadata.Name, value);
    }

    /// <summary>A fault of one rule is its own: it tells nothing about Prometheus, as who writes a query could make one.</summary>
    /// <param name="asked">Null for a rule whose turn did not come, or did not end in time.</param>
    private static void Own(WatchedProject project, EffectiveRule rule, Result<IReadOnlyList<MetricSeries>>? asked, Observations into)
    {
        if (asked is null)
        {
            into.Postpone(project, rule.Name);
            into.RuleProblems[rule.RowId!.Value] = $"The rules of all projects took longer than {OwnLimit.TotalSeconds:0} s together: this one waits for its turn.";
            return;
        }
        if (asked.Failed(out var error, out var series))
        {
            into.NotKnown(project, rule.Name);
            into.RuleProblems[rule.RowId!.Value] = error.Public;
            return;
        }
        var breached = series.Where(s => s.Samples.Count > 0 && rule.IsBreachedBy(s.Samples[^1].Value)).ToList();
        if (breached.Count > MaxSeries) into.RuleProblems[rule.RowId!.Value] = TooManyAlerts;
        foreach (var one in breached.Take(MaxSeries))
        {
            var labels = one.Labels.Where(l => l.Key is not ("__name__" or NamespaceScope.Label)).ToDictionary(StringComparer.Ordinal);
            var value = one.Samples[^1].Value;
            var of = labels.Count == 0 ? "" : $" for {string.Join(", ", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))}";
            into.Seen.Add(new Observation(project, project.App(labels.GetValueOrDefault("application")), rule, labels, value, rule.Kind == AlertKind.Anomaly
                ? $"{rule.Name} is {Number(value)} spreads away from this hour of past days{of}" : $"{rule.Name} is {Number(value)}{of}"));
        }
    }

    /// <summary>Null where the time was over.</summary>
    private async Task<Result<IReadOnlyList<MetricSeries>>?> AskOwnAsync(WatchedProject project, EffectiveRule rule, DateTimeOffset now, CancellationToken limit, CancellationToken cancellation)
    {
        if (QueryScope.Limit(rule.Query!, new NamespaceScope([project.Namespace])).Failed(out var error, out var limited)) return error;
        try
        {
            return rule.Kind == AlertKind.Anomaly ? await baselines.DeviationAsync(limited, now, limit) : await prometheus.QueryAsync(limited, now, limit);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static string Summary(AlertKind kind, string app, string? name, double value) => kind switch
    {
        AlertKind.Cpu => $"{name} of {app} uses {Number(value)} % of its CPU limit",
        AlertKind.Memory => $"{name} of {app} uses {Number(value)} % of its memory limit",
        AlertKind.Errors => $"{Number(value)} % of the requests to {app} failed within 5 minutes",
        AlertKind.Latency => $"1 of 20 requests to {app} takes longer than {Number(value)} ms",
        _ => $"The volume {name} of {app} is {Number(value)} % full",
    };

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static double Amount(string? quantity) => quantity is not null && Quantity.Parse(quantity) is { Error: null } parsed ? (double)parsed.Value.Value : 0;
}
