using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>Logs of containers that run, have ended, restart, or never began. <c>demo/ticker:1</c> writes tick 1 to 5 and ends with code 4.</summary>
public sealed class LogConformance(ClusterTarget target) : ClusterCase(target)
{
    private static readonly string[] Ticks = ["tick 1", "tick 2", "tick 3", "tick 4", "tick 5"];

    [ClusterFact]
    public async Task An_ended_container_still_has_its_log_whole_or_in_part()
    {
        await EndedAsync();
        Assert.Equal(Ticks, await TextsAsync("one", new()));
        Assert.Equal(Ticks[3..], await TextsAsync("one", new() { TailLines = 2 }));
        Assert.Equal(Ticks, await TextsAsync("one", new() { TailLines = 100 }));
        Assert.Empty(await TextsAsync("one", new() { TailLines = 0 }));
        Assert.Equal(["tick 1", "ti"], await TextsAsync("one", new() { LimitBytes = 9 }));
        Assert.Equal(Ticks, await TextsAsync("one", new() { Container = "main", Follow = true }));
    }

    [ClusterFact]
    public async Task Lines_have_times_and_can_be_asked_for_since_one()
    {
        await EndedAsync();
        var all = await LinesAsync("one", new() { Timestamps = true });
        Assert.Equal(Ticks, all.Select(l => l.Text));
        Assert.All(all.Zip(all.Skip(1)), pair => Assert.True(pair.First.Time < pair.Second.Time));
        var since = all[3].Time!.Value;
        var later = (await LinesAsync("one", new() { Timestamps = true, SinceTime = since })).Select(l => l.Text).ToList();
        Assert.Equal(Ticks[3..], later[^2..]);
        // Kubelets are asked for whole seconds: the same second's lines may come too, earlier ones not.
        Assert.Equal(all.Where(l => later.Contains(l.Text)).Select(l => l.Text), later);
        Assert.DoesNotContain(all, l => later.Contains(l.Text) && l.Time < since.AddSeconds(-1));
        Assert.Empty(await LinesAsync("one", new() { SinceTime = all[^1].Time!.Value.AddSeconds(2) }));
    }

    [ClusterFact]
    public async Task Following_begins_with_what_was_written_and_ends_with_the_container()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", "demo/ticker:1", """ "restartPolicy":"Never", """));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.ContainerStatuses is [{ State.Waiting: null }]);
        Assert.Equal(Ticks, await TextsAsync("one", new() { Follow = true }));
        var ended = await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Failed");
        Assert.Equal(4, ended.Status.ContainerStatuses![0].State.Terminated!.ExitCode);
    }

    [ClusterFact]
    public async Task The_log_before_the_restart_is_the_previous_one()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", "demo/ticker:1"));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.ContainerStatuses is [{ RestartCount: 1, State.Running: not null }]);
        Assert.Equal(Ticks, await TextsAsync("one", new() { Previous = true }));
        Assert.Equal(["tick 5"], await TextsAsync("one", new() { Previous = true, TailLines = 1 }));
    }

    [ClusterFact]
    public async Task A_log_can_be_followed_over_a_restart_with_no_line_lost_or_doubled()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", "demo/ticker:1"));
        var runs = new List<List<LogLine>>();
        while (runs.Count < 2)
        {
            await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.ContainerStatuses is [{ State.Waiting: null }]);
            var lines = await LinesAsync("one", new() { Follow = true, Timestamps = true });
            Assert.Equal(Ticks, lines.Select(l => l.Text));
            if (runs.All(r => r[0].Time != lines[0].Time)) runs.Add(lines);
            else await Task.Delay(100, Limit);
        }
        var times = runs.SelectMany(r => r).Select(l => l.Time).ToList();
        Assert.Equal(times.Order(), times);
    }

    [ClusterFact]
    public async Task Without_a_restart_there_is_no_previous_log()
    {
        await ApplyAsync(Objects.Pod(Ns, "one"));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Running");
        var error = Assert.IsType<KubernetesError>(Assert.Single(await LinesAsync("one", new() { Previous = true })).Error);
        Assert.Equal(400, error.Status);
        Assert.Contains("previous terminated container \"main\"", error.ServerMessage, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_container_that_the_pod_does_not_have_is_said()
    {
        await EndedAsync();
        var error = Assert.IsType<KubernetesError>(Assert.Single(await LinesAsync("one", new() { Container = "nosuch" })).Error);
        Assert.Equal(400, error.Status);
        Assert.Contains("container nosuch is not valid for pod one", error.ServerMessage, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task Of_several_containers_one_must_be_named_also_one_that_runs_first()
    {
        var pod = Objects.Pod(Ns, "one", "demo/ticker:1", """ "restartPolicy":"Never", """);
        pod["spec"]!["containers"]!.AsArray().Add(Objects.Parse("""{"name":"side","image":"demo/crash:1"}"""));
        await ApplyAsync(pod);
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Failed");
        var error = Assert.IsType<KubernetesError>(Assert.Single(await LinesAsync("one", new())).Error);
        Assert.Contains("a container name must be specified for pod one, choose one of: [main side]", error.ServerMessage, StringComparison.Ordinal);
        Assert.Equal(["boom: DATABASE_URL is not set"], await TextsAsync("one", new() { Container = "side" }));
        Assert.Equal(Ticks, await TextsAsync("one", new() { Container = "main" }));
    }

    [ClusterFact]
    public async Task An_init_container_has_a_log()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", spec: """ "restartPolicy":"Never","initContainers":[{"name":"first","image":"demo/crash:1"}], """));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.InitContainerStatuses is [{ State.Terminated: not null }]);
        Assert.Equal(["boom: DATABASE_URL is not set"], await TextsAsync("one", new() { Container = "first" }));
    }

    [ClusterFact]
    public async Task A_container_without_its_image_has_no_log_and_says_why()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", "demo/missing:1"));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.ContainerStatuses is [{ State.Waiting.Reason: "ImagePullBackOff" }]);
        var error = Assert.IsType<KubernetesError>(Assert.Single(await LinesAsync("one", new())).Error);
        Assert.Equal(400, error.Status);
        Assert.Contains("is waiting to start: trying and failing to pull image", error.ServerMessage, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_pod_without_a_machine_has_an_empty_log()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", spec: """ "nodeSelector":{"no":"where"}, """));
        Assert.Empty(await LinesAsync("one", new()));
    }

    [ClusterFact]
    public async Task A_pod_that_is_not_there_is_not_found() =>
        Assert.True(Assert.IsType<KubernetesError>(Assert.Single(await LinesAsync("none", new())).Error).IsNotFound);

    private async Task EndedAsync()
    {
        await ApplyAsync(Objects.Pod(Ns, "one", "demo/ticker:1", """ "restartPolicy":"Never", """));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Failed");
    }

    private async Task<List<LogLine>> LinesAsync(string pod, LogOptions options)
    {
        var lines = new List<LogLine>();
        await foreach (var line in Client.LogsAsync(Ns, pod, options, Limit)) lines.Add(line);
        return lines;
    }

    private async Task<List<string>> TextsAsync(string pod, LogOptions options)
    {
        var lines = await LinesAsync(pod, options);
        Assert.All(lines, l => Assert.True(l.Error is null, l.Error?.Message));
        return [.. lines.Select(l => l.Text)];
    }
}
