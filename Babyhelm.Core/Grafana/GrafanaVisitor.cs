using Babyhelm.Core.Accounts;

namespace Babyhelm.Core.Grafana;

/// <summary>Who asks, for the rules of the way to Grafana, and what they found.</summary>
internal sealed class GrafanaVisitor(Caller caller)
{
    public Caller Caller => caller;

    /// <summary>Why the answer does not pass, where it does not.</summary>
    public GrafanaOutcome Refusal { get; set; } = GrafanaOutcome.Away;
}
