using Babyhelm.Core.Gateway;
using Babyhelm.Core.Sandbox;

namespace Babyhelm.Web.Cluster;

/// <summary>Ties the sandbox to the host's life, and the gateway to where the sandbox's pods really listen.</summary>
internal sealed class SandboxHost(SandboxCluster sandbox, PodDialer dialer) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        dialer.Resolve = sandbox.Resolve;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await sandbox.DisposeAsync();
}
