using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Monitoring.Prometheus;

/// <summary>Section <c>Prometheus</c>: the server that metrics are asked from.</summary>
public sealed class PrometheusOptions : IValidatableObject
{
    /// <summary>Address of its API without <c>/api/v1</c>, for example <c>http://127.0.0.1:9090</c>. None: there are no metrics.</summary>
    public Uri? Url { get; set; }

    /// <summary>Seconds that a query may take, 1 to 300.</summary>
    [Range(1, 300, ErrorMessage = "Prometheus:TimeoutSeconds must be 1 to 300.")]
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>Longest answer that is read or sent on, in MiB, 1 to 1024.</summary>
    [Range(1, 1024, ErrorMessage = "Prometheus:MaxAnswerMegabytes must be 1 to 1024.")]
    public int MaxAnswerMegabytes { get; set; } = 64;

    /// <summary>Queries of one user that run at a time in one process, 1 to 100. As many again for each of these wait.</summary>
    [Range(1, 100, ErrorMessage = "Prometheus:QueriesPerUser must be 1 to 100.")]
    public int QueriesPerUser { get; set; } = 8;

    /// <summary>
    /// Seconds between two samples that Prometheus takes, 1 to 300: rates are taken over four of them. It stands in the configuration
    /// that is written for a Prometheus on this machine, too.
    /// </summary>
    [Range(1, 300, ErrorMessage = "Prometheus:ScrapeSeconds must be 1 to 300.")]
    public int ScrapeSeconds { get; set; } = 15;

    /// <summary>Queries of all users together that run at a time in one process, 1 to 1000. Prometheus itself runs 20.</summary>
    [Range(1, 1000, ErrorMessage = "Prometheus:Queries must be 1 to 1000.")]
    public int Queries { get; set; } = 16;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not null && Url is not { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" })
            yield return new ValidationResult($"Prometheus:Url must be an address like http://127.0.0.1:9090 without a user or a query, not '{(Url.IsAbsoluteUri && Url.UserInfo.Length > 0 ? "…" : Url)}'.", [nameof(Url)]);
    }
}
