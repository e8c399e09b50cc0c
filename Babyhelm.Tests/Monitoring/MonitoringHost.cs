using Babyhelm.Core.Monitoring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Monitoring;

/// <summary>The monitoring slice without the rest of the program.</summary>
internal static class MonitoringHost
{
    /// <param name="url">Of a Prometheus; null for none.</param>
    public static ServiceProvider Build(string? url, TimeProvider time) => new ServiceCollection().AddLogging().AddSingleton(time)
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Prometheus:Url"] = url, ["Prometheus:TimeoutSeconds"] = "120" }).Build())
        .AddMonitoring().BuildServiceProvider();
}
