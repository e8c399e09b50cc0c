using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>The rules that the cluster cache and the database answer.</summary>
internal sealed class ClusterLook(ClusterCache cache, CertificateDates certificates)
{
    private static readonly TimeSpan RestartWindow = TimeSpan.FromMinutes(15);

    /// <summary>One that ended this lately, and often before, loops, though it may run at this moment.</summary>
    private static readonly TimeSpan StillLoops = TimeSpan.FromMinutes(5);
    private const int LoopingRestarts = 3;

    private static readonly AlertKind[] OfCluster = [AlertKind.Down, AlertKind.CrashLooping, AlertKind.Restarts, AlertKind.Certificate, AlertKind.Quota];

    public async Task LookAsync(IReadOnlyList<WatchedProject> projects, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var project in projects)
            foreach (var app in project.Apps)
                RolloutFailed(project, app, into);
        // What is cached may be old: nothing is concluded from it, neither that an alert fires nor that it is over.
        if (cache.Status is not { Synced: true, StaleSince: null })
        {
            foreach (var project in projects)
                foreach (var kind in OfCluster) into.NotKnown(project, ReadyMadeRule.Of(kind)!.Name);
            return;
        }
        foreach (var project in projects)
        {
            Quota(project, into);
            foreach (var app in project.Apps)
            {
                var objects = cache.Get(project.Namespace, app.Name);
                Down(project, app, objects, into);
                CrashLooping(project, app, objects, into, now);
                await CertificatesAsync(project, app, objects, into, now, cancellation);
            }
        }
    }

    /// <summary>Counts restarts since the last look and says where there were many. Changes rows of <paramref name="db"/>, which the caller saves.</summary>
    public async Task CountRestartsAsync(BabyhelmDbContext db, IReadOnlyList<WatchedProject> projects, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        if (cache.Status is not { Synced: true, StaleSince: null })
        {
            foreach (var project in projects) into.NotKnown(project, ReadyMadeRule.Of(AlertKind.Restarts)!.Name);
            return;
        }
        var rows = await db.Set<RestartHistory>().ToDictionaryAsync(r => r.ApplicationId, cancellation);
        foreach (var project in projects)
            foreach (var app in project.Apps)
            {
                var pods = cache.Get(project.Namespace, app.Name).Pods;
                var isFirst = !rows.TryGetValue(app.Id, out var row);
                if (isFirst && !await db.Set<Applications.Application>().AnyAsync(a => a.Id == app.Id, cancellation)) continue;
                if (isFirst) db.Add(row = new RestartHistory { ApplicationId = app.Id });
                row!.Count(pods, isFirst, now, now - RestartWindow);
                var rule = project.Rules.Get(AlertKind.Restarts, app.Id);
                var restarts = row.Since(now - RestartWindow);
                if (rule.Enabled && rule.IsBreachedBy(restarts))
                    into.Seen.Add(new Observation(project, app, rule, Observation.NoLabels, restarts, $"{app.Name} restarted {restarts} times within 15 minutes"));
            }
    }

    private static void RolloutFailed(WatchedProject project, WatchedApp app, Observations into)
    {
        var rule = project.Rules.Get(AlertKind.RolloutFailed, app.Id);
        if (!rule.Enabled || app.Failed is not { } failed) return;
        into.Seen.Add(new Observation(project, app, rule, new Dictionary<string, string> { ["release"] = $"{failed.Number}" }, failed.Number,
            $"Release {failed.Number} of {app.Name} failed{(failed.Title is { } title ? $": {title.TrimEnd('.')}" : "")}{(failed.RolledBack ? "; the release before it runs again" : "")}"));
    }

    private static void Down(WatchedProject project, WatchedApp app, AppObjects objects, Observations into)
    {
        var rule = project.Rules.Get(AlertKind.Down, app.Id);
        if (!rule.Enabled || app.IsCron || !app.IsLive) return;
        if (objects.Deployment is { Spec.Replicas: 0 } or { Status.ReadyReplicas: > 0 }) return;
        var wanted = objects.Deployment?.Spec.Replicas ?? 1;
        into.Seen.Add(new Observation(project, app, rule, Observation.NoLabels, 0, objects.Deployment is null
            ? $"{app.Name} is missing on the cluster" : $"{app.Name} is down: none of {wanted} wanted {(wanted == 1 ? "replica" : "replicas")} is ready"));
    }

    private static void CrashLooping(WatchedProject project, WatchedApp app, AppObjects objects, Observations into, DateTimeOffset now)
    {
        var rule = project.Rules.Get(AlertKind.CrashLooping, app.Id);
        if (!rule.Enabled) return;
        var looping = objects.Pods.Where(p => p.Metadata.DeletionTimestamp is null && p.Statuses().Any(c => Loops(c, now))).ToList();
        if (looping.Count == 0) return;
        var ended = looping[0].Statuses().First(c => Loops(c, now)).LastState.Terminated;
        into.Seen.Add(new Observation(project, app, rule, Observation.NoLabels, looping.Count,
            $"{(looping.Count == 1 ? "A pod" : $"{looping.Count} pods")} of {app.Name} crashed again and again{(ended is null ? "" : $", last with exit code {ended.ExitCode}{(ended.Reason is "OOMKilled" ? " for want of memory" : "")}")}"));
    }

    private static bool Loops(ContainerStatus c, DateTimeOffset now) => c.State.Waiting?.Reason == "CrashLoopBackOff"
        || (c.RestartCount >= LoopingRestarts && c.LastState.Terminated is { ExitCode: not 0, FinishedAt: { } at } && now - at < StillLoops);

    private async Task CertificatesAsync(WatchedProject project, WatchedApp app, AppObjects objects, Observations into, DateTimeOffset now, CancellationToken cancellation)
    {
        var rule = project.Rules.Get(AlertKind.Certificate, app.Id);
        if (!rule.Enabled) return;
        foreach (var (name, hosts) in from ingress in objects.Ingresses
                                      from tls in ingress.Spec.Tls ?? []
                                      where tls.SecretName is not null
                                      select (tls.SecretName, tls.Hosts ?? []))
        {
            var (asked, end) = await certificates.EndAsync(project.Namespace, name, now, cancellation);
            if (!asked) into.NotKnown(project, rule.Name);
            if (end is null) continue;
            var days = Math.Floor((end.Value - now).TotalDays);
            if (!rule.IsBreachedBy(days)) continue;
            var host = hosts.FirstOrDefault() ?? app.Name;
            into.Seen.Add(new Observation(project, app, rule, new Dictionary<string, string> { ["host"] = host }, days,
                days < 0 ? $"The certificate of {host} has ended" : $"The certificate of {host} ends in {days} {(days == 1 ? "day" : "days")}"));
        }
    }

    private void Quota(WatchedProject project, Observations into)
    {
        var rule = project.Rules.Get(AlertKind.Quota, null);
        if (!rule.Enabled || cache.Quota(project.Namespace) is not { Status: { Hard: { } hard, Used: { } used } }) return;
        foreach (var (resource, limit) in hard)
        {
            if (Amount(limit) is not (> 0 and var whole) || !used.TryGetValue(resource, out var taken)) continue;
            var share = Math.Round((double)(Amount(taken) / whole) * 100, 1);
            if (rule.IsBreachedBy(share))
                into.Seen.Add(new Observation(project, null, rule, new Dictionary<string, string> { ["resource"] = resource }, share, $"{project.Name} uses {taken} of {limit} {resource}"));
        }
    }

    private static decimal Amount(string quantity) => Quantity.Parse(quantity) is { Error: null } parsed ? parsed.Value.Value : 0;
}
