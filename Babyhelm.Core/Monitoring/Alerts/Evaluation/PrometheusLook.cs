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

    /// <summary>What all of one project's own rules may take in one look, so that no project holds up the others.</summary>
    private static readonly TimeSpan ProjectLimit = TimeSpan.FromSeconds(10);

    public async Task LookAsync(IReadOnlyList<WatchedProject> projects, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        if (projects.Count == 0) return;
        if (options.Value.Url is null) into.PrometheusProblem = "Prometheus is not set up.";
        var scope = new NamespaceScope(projects.Select(p => p.Namespace));
        foreach (var (kind, query) in new[]
        {
            (AlertKind.Cpu, ReadyMadeQueries.Cpu), (AlertKind.Memory, ReadyMadeQueries.Memory), (AlertKind.Errors, ReadyMadeQueries.Errors),
            (AlertKind.Latency, ReadyMadeQueries.Latency), (AlertKind.Volume, ReadyMadeQueries.Volume),
        })
        {
            var series = await AskAsync(query, scope, into, now, cancellation);
            var byNamespace = series?.ToLookup(s => s.Labels.GetValueOrDefault("namespace") ?? "", StringComparer.Ordinal);
            foreach (var project in projects)
                if (byNamespace is null) into.NotKnown(project, ReadyMadeRule.Of(kind)!.Name);
                else ReadyMade(kind, project, byNamespace[project.Namespace], into);
        }
        foreach (var project in projects)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(ProjectLimit);
            foreach (var rule in project.Rules.Own().Where(r => r.Enabled))
                await OwnAsync(project, rule, into, now, limit.Token, cancellation);
        }
    }

    /// <summary>Null where there is no answer. Once Prometheus could not be reached, it is not asked again in this look.</summary>
    private async Task<IReadOnlyList<MetricSeries>?> AskAsync(string query, NamespaceScope scope, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        if (into.PrometheusProblem is not null) return null;
        if (QueryScope.Limit(query, scope).Failed(out var error, out var limited) || (await prometheus.QueryAsync(limited, now, cancellation)).Failed(out error, out var series))
        {
            into.PrometheusProblem = error.Public;
            return null;
        }
        return series;
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

    /// <summary>Percent of the limit that each container of the project's applications uses.</summary>
    private IEnumerable<(WatchedApp App, string? Name, double Value)> ByPod(string resource, WatchedProject project, IEnumerable<(IReadOnlyDictionary<string, string> Labels, double Value)> values)
    {
        var used = values.ToLookup(v => (v.Labels.GetValueOrDefault("pod") ?? "", v.Labels.GetValueOrDefault("container") ?? ""), v => v.Value);
        return from app in project.Apps
               from pod in cache.Get(project.Namespace, app.Name).Pods
               from container in pod.Spec.Containers ?? []
               let limit = Amount(pod.Limit(container.Name, resource))
               where limit > 0
               from value in used[(pod.Metadata.Name, container.Name)]
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
    private async Task OwnAsync(WatchedProject project, EffectiveRule rule, Observations into, DateTimeOffset now, CancellationToken limit, CancellationToken cancellation)
    {
        var asked = into.PrometheusProblem is { } away ? new Unavailable(away) : await AskOwnAsync(project, rule, now, limit, cancellation);
        if (asked.Failed(out var error, out var series))
        {
            into.NotKnown(project, rule.Name);
            into.RuleProblems[rule.RowId!.Value] = error.Public;
            return;
        }
        foreach (var one in series.Where(s => s.Samples.Count > 0 && rule.IsBreachedBy(s.Samples[^1].Value)).Take(MaxSeries))
        {
            var labels = one.Labels.Where(l => l.Key is not ("__name__" or NamespaceScope.Label)).ToDictionary(StringComparer.Ordinal);
            var value = one.Samples[^1].Value;
            var of = labels.Count == 0 ? "" : $" for {string.Join(", ", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))}";
            into.Seen.Add(new Observation(project, project.App(labels.GetValueOrDefault("application")), rule, labels, value, Clip(rule.Kind == AlertKind.Anomaly
                ? $"{rule.Name} is {Number(value)} spreads away from this hour of past days{of}" : $"{rule.Name} is {Number(value)}{of}")));
        }
    }

    private async Task<Result<IReadOnlyList<MetricSeries>>> AskOwnAsync(WatchedProject project, EffectiveRule rule, DateTimeOffset now, CancellationToken limit, CancellationToken cancellation)
    {
        if (QueryScope.Limit(rule.Query!, new NamespaceScope([project.Namespace])).Failed(out var error, out var limited)) return error;
        try
        {
            return rule.Kind == AlertKind.Anomaly ? await baselines.DeviationAsync(limited, now, limit) : await prometheus.QueryAsync(limited, now, limit);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Unavailable($"The rules of the project took longer than {ProjectLimit.TotalSeconds:0} s together. Ask for less.", "metrics-timeout");
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

    private static string Clip(string text) => text.Length <= 480 ? text : text[..480] + "…";

    private static double Amount(string? quantity) => quantity is not null && Quantity.Parse(quantity) is { Error: null } parsed ? (double)parsed.Value.Value : 0;
}
