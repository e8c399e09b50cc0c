using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Tables;

/// <summary>The columns of pods, whose status is the most telling reason of the containers.</summary>
internal static class PodColumns
{
    public static readonly Column[] All =
    [
        Columns.Text("Ready", p => $"{p.Items("status", "containerStatuses").Count(c => c.Bool("ready") == true)}/{p.List("spec", "containers")?.Count ?? 0}"),
        Columns.Text("Status", Status),
        new("Restarts", (p, c) => Restarts(p, c)),
        Table.AgeColumn,
        Columns.Wide("IP", p => p.Str("status", "podIP") ?? "<none>"),
        Columns.Wide("Node", p => p.Str("spec", "nodeName") ?? "<none>"),
        Columns.Wide("Nominated Node", _ => "<none>"),
        Columns.Wide("Readiness Gates", _ => "<none>"),
    ];

    private static string Status(JsonObject pod)
    {
        var reason = pod.Str("status", "reason") ?? pod.Str("status", "phase") ?? "";
        var inits = pod.Items("status", "initContainerStatuses").ToList();
        var initializing = false;
        for (var i = 0; i < inits.Count && !initializing; i++)
        {
            if (inits[i].Int("state", "terminated", "exitCode") == 0) continue;
            initializing = true;
            if (inits[i].Map("state", "terminated") is { } ended) reason = $"Init:{ended.Str("reason") ?? $"ExitCode:{ended.Int("exitCode")}"}";
            else if (inits[i].Str("state", "waiting", "reason") is { } waiting && waiting != "PodInitializing") reason = $"Init:{waiting}";
            else reason = $"Init:{i}/{inits.Count}";
        }
        if (!initializing)
        {
            var running = false;
            foreach (var container in pod.Items("status", "containerStatuses").Reverse())
            {
                if (container.Str("state", "waiting", "reason") is { Length: > 0 } waiting) reason = waiting;
                else if (container.Map("state", "terminated") is { } ended) reason = ended.Str("reason") is { Length: > 0 } why ? why : $"ExitCode:{ended.Int("exitCode")}";
                else if (container.Bool("ready") == true && container.Map("state", "running") is not null) running = true;
            }
            if (reason == "Completed" && running) reason = Controllers.PodFacts.Ready(pod) ? "Running" : "NotReady";
        }
        return pod.At("metadata", "deletionTimestamp") is null || reason is "Succeeded" or "Failed" or "Completed" ? reason : "Terminating";
    }

    private static JsonNode? Restarts(JsonObject pod, TableContext context)
    {
        var statuses = pod.Items("status", "containerStatuses").ToList();
        var count = statuses.Sum(s => s.Int("restartCount") ?? 0);
        var last = statuses.Select(s => Ids.Time(s.Str("lastState", "terminated", "finishedAt"))).Max();
        return count > 0 && last is not null ? $"{count} ({Table.Duration(context.Now - last.Value)} ago)" : count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
