using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Sandbox;

/// <summary>
/// The recorded scenarios, made to happen again: every state that the real cluster showed of a deployment, its replica
/// sets, pods and events must show here too, in the same order for each object.
/// </summary>
public sealed class ScenarioTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data", "recordings");

    [Theory]
    [InlineData("crash-loop")]
    [InlineData("out-of-memory")]
    [InlineData("image-not-found")]
    [InlineData("image-name-invalid")]
    [InlineData("never-ready-deadline")]
    [InlineData("secret-missing")]
    [InlineData("unschedulable")]
    [InlineData("quota-exceeded")]
    [InlineData("pod-security-rejection")]
    public async Task Shows_what_was_recorded(string name)
    {
        var parts = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Data, name + ".json")))!.AsArray();
        var requests = parts[0]!["requests"]!.AsArray().Select(r => r!["request"]!).Where(r => r["method"]!.GetValue<string>() == "PATCH").ToList();
        var ns = requests[0]["path"]!.GetValue<string>().Split('/').SkipWhile(p => p != "namespaces").ElementAt(1).Split('?')[0];
        await sandbox.NamespaceAsync(ns, name == "pod-security-rejection" ? [("pod-security.kubernetes.io/enforce", "restricted")] : []);
        var opened = parts.Skip(1).Select(_ => new TaskCompletionSource()).ToList();
        var watches = parts.Skip(1).Select((part, i) => MatchAsync(part!, opened[i])).ToList();
        await Task.WhenAll(opened.Select(o => o.Task));
        foreach (var request in requests) await sandbox.SendAsync("PATCH", request["path"]!.GetValue<string>(), request["body"]!, "application/apply-patch+yaml", 201);
        await Task.WhenAll(watches);
        await sandbox.SendAsync("DELETE", $"/api/v1/namespaces/{ns}", expect: 200);
    }

    /// <summary>The recorded states, without repeats, as a subsequence of what the watch shows.</summary>
    private async Task MatchAsync(JsonNode part, TaskCompletionSource opened)
    {
        var path = part["watch"]!.GetValue<string>();
        var wanted = new List<string>();
        foreach (var state in part["events"]!.AsArray().Select(e => Essence(e!)).OfType<string>())
            if (!wanted.Contains(state)) wanted.Add(state);
        var next = 0;
        var seen = new List<string>();
        // Events and pods of several objects interleave by chance; only their own order counts there.
        var anyOrder = path.Contains("/events", StringComparison.Ordinal);
        var left = wanted.ToHashSet();
        try
        {
            await foreach (var e in sandbox.WatchAsync(path))
            {
                // The first line is the bookmark that ends the initial state: the namespace was empty.
                opened.TrySetResult();
                if (wanted.Count == 0) return;
                if (Essence(e) is not { } state) continue;
                seen.Add(state);
                left.Remove(state);
                if (next < wanted.Count && state == wanted[next]) next++;
                if (next >= wanted.Count || (anyOrder && left.Count == 0)) return;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }
        Assert.Fail($"{path}\nnot seen: {(anyOrder ? string.Join("\n  ", left) : wanted[next])}\nafter:\n  {string.Join("\n  ", wanted.Take(next))}\nseen:\n  {string.Join("\n  ", seen)}");
    }

    private static string? Essence(JsonNode e)
    {
        var o = e["object"]!;
        if (e["type"]!.GetValue<string>() is "BOOKMARK") return null;
        return Recordings.Words(o["kind"]!.GetValue<string>() switch
        {
            "Pod" => Pod(o),
            "Event" => Event(o),
            _ => $"{Counts(o)} {Conditions(o)}",
        });
    }

    private static string Counts(JsonNode o) => string.Join(" ",
        new[] { "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "fullyLabeledReplicas", "observedGeneration" }
            .Select(f => $"{f}={o["status"]?[f]}")) + $" spec={o["spec"]!["replicas"]} revision={o["metadata"]!["annotations"]?["deployment.kubernetes.io/revision"]}";

    private static string Conditions(JsonNode o) => string.Join("; ", (o["status"]?["conditions"]?.AsArray() ?? []).Select(c =>
        // The name in the message is that of the attempt that failed first.
        $"{c!["type"]}={c["status"]} {c["reason"]} {c["message"]}"));

    private static string Pod(JsonNode o)
    {
        var status = o["status"]!;
        var containers = string.Join("; ", (status["containerStatuses"]?.AsArray() ?? []).Select(c =>
        {
            var state = c!["state"]!.AsObject().FirstOrDefault();
            return $"{c["name"]} ready={c["ready"]} started={c["started"]} restarts={c["restartCount"]} {state.Key} {state.Value?["reason"]} {state.Value?["exitCode"]} {Pull(state.Value?["message"]?.GetValue<string>())} last={c["lastState"]!["terminated"]?["reason"]}";
        }));
        return $"{status["phase"]} node={o["spec"]!["nodeName"]} qos={status["qosClass"]} [{Conditions(o)}] [{containers}]";
    }

    private static string? Event(JsonNode o)
    {
        var (reason, message) = (o["reason"]!.GetValue<string>(), o["message"]!.GetValue<string>());
        // On the real node the images were there; here they are pulled the first time.
        if (reason is "Pulling" or "Pulled") return null;
        var involved = o["involvedObject"]!;
        return $"{involved["kind"]} {involved["fieldPath"]} {o["type"]} {reason} {Pull(message)} by {o["source"]!["component"]}";
    }

    /// <summary>The real cluster had no network, so its reason for a failed pull is another.</summary>
    private static string? Pull(string? message)
    {
        var at = message?.IndexOf("failed to resolve reference", StringComparison.Ordinal) ?? -1;
        if (at >= 0) message = message![..at] + "PULL FAILED";
        // Back-offs are scaled down for tests.
        return System.Text.RegularExpressions.Regex.Replace(message ?? "", @"back-off \w+ restarting", "back-off 10s restarting");
    }
}
