using System.Diagnostics;
using Babyhelm.Core.Sandbox;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Cluster;

/// <summary>
/// Ways to hurt the cluster under test. On the sandbox they are its levers. On a real cluster they are a command that the
/// environment names and that is called with one of these words; it ends with 0 when the thing is done:
/// <list type="table">
/// <item><term>kill</term><description>end the API server at once, as SIGKILL does; it stays down</description></item>
/// <item><term>start</term><description>start it again and wait until it is ready; nothing where it runs</description></item>
/// <item><term>freeze</term><description>stop it as SIGSTOP does: its connections stay, nothing is said on them</description></item>
/// <item><term>thaw</term><description>let it go on; nothing where it is not frozen</description></item>
/// <item><term>compact</term><description>forget all history, in etcd and in the API server, so that watches from before
/// expire; the API server may restart for it, and is ready again at the end</description></item>
/// </list>
/// </summary>
internal abstract class ClusterFaults
{
    public const string Variable = "BABYHELM_TEST_FAULTS";

    public static string? Command { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } command ? command : null;

    public abstract Task KillAsync();

    public abstract Task StartAsync();

    public abstract Task FreezeAsync();

    public abstract Task ThawAsync();

    public abstract Task CompactAsync();

    /// <summary>Leaves the cluster well, whatever happened before.</summary>
    public async Task HealAsync()
    {
        await ThawAsync();
        await StartAsync();
    }

    /// <summary>The API server is reached through the link; cut, it is as good as dead.</summary>
    internal sealed class OfSandbox(SandboxCluster sandbox, CuttableLink link) : ClusterFaults
    {
        private bool _dead;

        public override Task KillAsync()
        {
            link.Cut();
            _dead = true;
            return Task.CompletedTask;
        }

        /// <summary>A new API server knows no history.</summary>
        public override Task StartAsync()
        {
            if (!_dead) return Task.CompletedTask;
            _dead = false;
            sandbox.CompactHistory();
            link.Restore();
            return Task.CompletedTask;
        }

        public override Task FreezeAsync()
        {
            sandbox.Freeze();
            return Task.CompletedTask;
        }

        public override Task ThawAsync()
        {
            sandbox.Thaw();
            return Task.CompletedTask;
        }

        public override Task CompactAsync()
        {
            sandbox.CompactHistory();
            sandbox.EndWatches();
            return Task.CompletedTask;
        }
    }

    internal sealed class OfCommand(string command) : ClusterFaults
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

        public override Task KillAsync() => RunAsync("kill");

        public override Task StartAsync() => RunAsync("start");

        public override Task FreezeAsync() => RunAsync("freeze");

        public override Task ThawAsync() => RunAsync("thaw");

        public override Task CompactAsync() => RunAsync("compact");

        /// <summary>Its output is not read: what it starts may keep it open.</summary>
        private async Task RunAsync(string word)
        {
            using var process = Process.Start(command, [word]);
            using var limit = new CancellationTokenSource(Limit);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{command} {word} ended with {process.ExitCode}.");
        }
    }
}

/// <summary>A case that stops or cripples the cluster: on the sandbox always, on a real cluster where a command for it is named.</summary>
public sealed class FaultFactAttribute : FactAttribute
{
    public FaultFactAttribute()
    {
        if (ConformanceTarget.Kind == TargetKind.RealCluster && ClusterFaults.Command is null)
            Skip = $"Stops the cluster: set {ClusterFaults.Variable} to a command that may do so.";
    }
}
