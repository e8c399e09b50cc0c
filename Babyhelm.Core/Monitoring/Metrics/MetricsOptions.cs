using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>Section <c>Metrics</c>: what this process tells of itself and of the cluster.</summary>
public sealed class MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>What <c>Authorization: Bearer</c> must carry to read; at least 16 characters. None: this machine alone may read.</summary>
    [MinLength(16, ErrorMessage = "Metrics:Token must have at least 16 characters.")]
    public string? Token { get; set; }

    /// <summary>Whether <c>/metrics/cluster</c> tells the state of applications' objects under the names of kube-state-metrics.</summary>
    public bool ClusterState { get; set; } = true;

    /// <summary>Series of one instrument, 10 to 100,000; more are dropped and counted.</summary>
    [Range(10, 100_000, ErrorMessage = "Metrics:MaxSeries must be 10 to 100000.")]
    public int MaxSeries { get; set; } = 10_000;

    /// <summary>Folder for <c>prometheus.yml</c> and the credentials that it names, readable by the owner alone. None: nothing is written.</summary>
    public string? ScrapeFolder { get; set; }
}
