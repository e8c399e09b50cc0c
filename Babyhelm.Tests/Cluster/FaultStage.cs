using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Cluster;

/// <summary>A cluster that can be hurt, and the web process that runs on it now.</summary>
public sealed class FaultStage : IAsyncLifetime
{
    private ClusterLink? _link;

    /// <summary>Images take some seconds to pull in the sandbox, so that there is a rollout to be in the middle of, also on a busy machine.</summary>
    public ClusterTarget Target { get; } = new() { PullDelay = TimeSpan.FromSeconds(6) };

    public BabyhelmProcess App { get; private set; } = null!;
    public ApiUser User { get; private set; } = null!;
    internal ClusterFaults Faults { get; private set; } = null!;

    private Dictionary<string, string> Settings => new() { ["Kubernetes__KubeConfig"] = _link?.KubeConfigPath ?? Target.KubeConfigPath };

    public async Task InitializeAsync()
    {
        if (ConformanceTarget.Kind == TargetKind.RealCluster && ClusterFaults.Command is null) return;
        if (ClusterFaults.Command is { } command && ConformanceTarget.Kind == TargetKind.RealCluster) Faults = new ClusterFaults.OfCommand(command);
        await Target.InitializeAsync();
        if (Target.Sandbox is { } sandbox)
        {
            _link = await ClusterLink.ToAsync(Target.KubeConfigPath);
            Faults = new ClusterFaults.OfSandbox(sandbox, _link.Link);
        }
        App = BabyhelmProcess.Launch(await PostgresServer.CreateDatabaseAsync(), TestPorts.Take(), Settings);
        await App.WaitReadyAsync();
        User = await ApiUser.RegisterAsync(App);
    }

    public async Task DisposeAsync()
    {
        if (Faults is null) return;
        await Faults.HealAsync();
        User?.Dispose();
        if (App is not null) await App.DisposeAsync();
        await Target.DisposeAsync();
        _link?.Dispose();
    }

    /// <summary>SIGKILL of the web process and a new one in its place, not ready yet.</summary>
    public async Task KillAppAsync()
    {
        await App.KillAsync();
        await App.DisposeAsync();
        App = BabyhelmProcess.Launch(App.Connection, App.Port, Settings);
    }
}
