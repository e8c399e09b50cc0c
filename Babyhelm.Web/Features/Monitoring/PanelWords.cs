using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Monitoring.Prometheus;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>What a panel says of itself: what is missing, and what to do.</summary>
internal sealed record PanelWords(string Title, string Detail)
{
    /// <summary>Null for a panel that is as it should be.</summary>
    public static PanelWords? Of(PanelSnapshot panel, bool ofProject) => panel.State switch
    {
        PanelState.NoSamples => new("No samples yet.", "The first come within a scrape interval after pods have started, where Prometheus scrapes them."),
        PanelState.NoRequests => new("No requests yet.", $"They are counted when somebody opens the link of {(ofProject ? "an application" : "the application")}."),
        PanelState.NotSetUp => new("Prometheus is not set up.", NotSetUp),
        PanelState.Unreachable when panel.Series.Count > 0 => new("Prometheus does not answer.", $"This is what it said last. {Asking(panel)}"),
        PanelState.Unreachable => new("Prometheus does not answer.", Asking(panel)),
        PanelState.Partial => new($"Without {string.Join(" and ", panel.Missing)}.", "Prometheus has no such series: what exports it is not scraped, or was not yet."),
        _ => null,
    };

    /// <summary>A refusal says what is wrong; that nobody answers says itself.</summary>
    private static string Asking(PanelSnapshot panel) => $"{(panel.Problem is PrometheusRefusal refusal ? $"{refusal.Public} " : "")}Babyhelm keeps asking by itself.";

    public const string NotSetUp = "A platform admin can set Prometheus:Url to the address of a Prometheus that scrapes the cluster and Babyhelm.";
}
