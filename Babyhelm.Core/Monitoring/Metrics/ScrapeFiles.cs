using System.Security.Cryptography;
using System.Text.Json;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Monitoring.Prometheus;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// Writes the configuration of a Prometheus on this machine into <see cref="MetricsOptions.ScrapeFolder"/>, with the credentials
/// that it needs in files for the owner alone. Credentials that change are written anew; all are removed at the end.
/// </summary>
public sealed partial class ScrapeFiles(
    ClusterConfig cluster, KubernetesClient client, IServer server, IHostApplicationLifetime lifetime, IOptions<MetricsOptions> options,
    IOptions<PrometheusOptions> prometheus, TimeProvider time,
    ILogger<ScrapeFiles> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Dictionary<string, string> _written = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.ScrapeFolder is not { Length: > 0 } folder) return;
        await StartedAsync(stoppingToken);
        if (!ScrapeConfiguration.CanReadCluster(cluster)) LogImpersonated(logger);
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do await WriteAsync(folder, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            foreach (var file in ScrapeConfiguration.Secrets) File.Delete(Path.Combine(folder, file));
        }
    }

    private async Task WriteAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            if (!(await cluster.Credentials.GetAsync(time, cancellation)).Ok(out var credential, out var error)) LogNoCredential(logger, error.Message);
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (ScrapeConfiguration.Files(cluster, credential, options.Value).Failed(out var unusable, out var files))
            {
                LogNoCredential(logger, unusable.Message);
                (credential, files) = (null, ScrapeConfiguration.Files(cluster, null, options.Value).Value);
            }
            foreach (var (name, text) in files) await PutAsync(folder, name, text, cancellation);
            if ((await client.ListAsync<Node>(ResourceType.Nodes, cancellation: cancellation)).Ok(out var nodes, out var unread))
                await PutAsync(folder, ScrapeConfiguration.NodesFile, ScrapeConfiguration.Targets(cluster, nodes.Items.Select(n => n.Metadata.Name)).ToJsonString(Indented), cancellation);
            else LogNoNodes(logger, unread.Message);
            // Last: who waits for it finds the rest.
            var configuration = ScrapeConfiguration.Build(Own(), cluster, credential, options.Value, prometheus.Value.ScrapeSeconds);
            await PutAsync(folder, ScrapeConfiguration.FileName, configuration.ToJsonString(Indented) + "\n", cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidOperationException or FormatException)
        {
            LogNotWritten(logger, e.Message);
        }
    }

    /// <summary>Written beside and moved into place, readable by the owner only from the first byte.</summary>
    private async Task PutAsync(string folder, string name, string text, CancellationToken cancellation)
    {
        if (_written.GetValueOrDefault(name) == text) return;
        var path = Path.Combine(folder, name);
        var draft = $"{path}.{Environment.ProcessId}";
        var mode = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) mode.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            await using (var writer = new StreamWriter(draft, mode)) await writer.WriteAsync(text.AsMemory(), cancellation);
            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            // Left over where writing was cancelled midway; it may hold a credential.
            File.Delete(draft);
        }
        _written[name] = text;
    }

    private async Task StartedAsync(CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellation);
    }

    /// <summary>The first address that the server has; one for all addresses is asked on this machine.</summary>
    private Uri Own()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:5080";
        var own = new UriBuilder(address.Replace("://+", "://localhost", StringComparison.Ordinal).Replace("://*", "://localhost", StringComparison.Ordinal));
        if (own.Host is "0.0.0.0" or "[::]") own.Host = "localhost";
        return own.Uri;
    }

    [LoggerMessage(LogLevel.Warning, "The configuration for Prometheus was not written: {Problem}")]
    private static partial void LogNotWritten(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Warning, "The nodes could not be listed, so Prometheus reads those that were known before: {Problem}")]
    private static partial void LogNoNodes(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Warning, "Prometheus can't read what containers use, as there are no credentials for the cluster now: {Problem}")]
    private static partial void LogNoCredential(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Warning, "Prometheus can't read what containers use, as the kubeconfig acts as another user (as, as-groups). Use credentials of their own.")]
    private static partial void LogImpersonated(ILogger logger);
}
