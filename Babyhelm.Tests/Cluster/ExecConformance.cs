using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Cluster;

/// <summary>Commands in containers.</summary>
public sealed class ExecConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task Exit_codes_and_both_outputs_come_back() => await (await PodAsync()).ExitCodesAndStreamsAsync();

    [ClusterFact]
    public async Task A_missing_program_is_told_by_its_name() => await (await PodAsync()).MissingProgramAsync();

    [ClusterFact]
    public async Task Input_comes_back_and_its_end_ends_the_command_where_it_can_be_told() => await (await PodAsync()).InputAsync();

    [ClusterFact]
    public async Task Ten_megabytes_come_whole_and_in_order_to_a_slow_reader() => await (await PodAsync()).LargeOutputAsync();

    [ClusterFact]
    public async Task A_terminal_knows_its_size_and_takes_control_keys() => await (await PodAsync()).TerminalAsync();

    [ClusterFact]
    public async Task A_restart_of_the_container_ends_the_command_and_the_next_one_runs() => await (await PodAsync()).RestartAsync();

    [ClusterFact]
    public async Task The_deletion_of_the_pod_ends_the_command() => await (await PodAsync()).DeletionAsync();

    [ClusterFact]
    public async Task A_missing_pod_or_container_is_refused() => await (await PodAsync()).RefusalsAsync();

    [ClusterFact]
    public async Task A_container_that_has_ended_takes_no_command()
    {
        var scenarios = await PodAsync();
        await ApplyAsync(Objects.Pod(Ns, "done", "demo/crash:1", """ "restartPolicy":"Never", """));
        await UntilAsync<Pod>(ResourceType.Pods, "done", p => p.Status.Phase == "Failed");
        await scenarios.NotRunningAsync("done");
    }

    [ClusterFact]
    public async Task A_quiet_session_outlives_the_signs_of_life_that_it_sends()
    {
        await PodAsync();
        var time = new ManualTimeProvider();
        using var client = new KubernetesClient(Target.Config, time);
        await using var session = await new ExecScenarios(client, Ns, "p", Limit).StartAsync(new(["cat"]) { Input = true });
        await using var output = new OutputText(session, Limit);
        for (var i = 0; i < 3; i++)
        {
            await time.UntilTimerWithinAsync(ExecSession.KeepAlive, Limit);
            time.Advance(ExecSession.KeepAlive);
        }
        await session.WriteAsync("still here\n"u8.ToArray(), Limit);
        await output.UntilAsync("still here\n");
    }

    [ClusterFact]
    public async Task A_cluster_that_goes_away_is_a_lost_connection()
    {
        await PodAsync();
        using var link = await ClusterLink.ToAsync(Target.KubeConfigPath);
        await using var session = await new ExecScenarios(link.Client, Ns, "p", Limit).StartAsync(new(["sleep", "1000"]));
        link.Link.Cut();
        Assert.Equal(ExecProblem.ConnectionLost, Assert.IsType<ExecError>((await session.Exit.WaitAsync(Limit)).Error).Problem);
    }

    /// <summary>A pod whose first process ends when it is told to. The sandbox's does so whatever its command is.</summary>
    private async Task<ExecScenarios> PodAsync()
    {
        await ApplyAsync(Objects.Pod(Ns, "p", container: """ "command":["sh","-c","trap 'exit 5' TERM; while :; do sleep 1; done"], """));
        await UntilAsync<Pod>(ResourceType.Pods, "p", p => p.Status.Phase == "Running");
        return new(Client, Ns, "p", Limit);
    }
}
