using Babyhelm.Core.Monitoring.Alerts.Rules;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>Something that a rule holds for, now.</summary>
/// <param name="Application">Null for the project as a whole.</param>
/// <param name="Labels">What tells it from others of the same rule and application.</param>
/// <param name="Summary">What is wrong, in a sentence without a full stop.</param>
internal sealed record Observation(WatchedProject Project, WatchedApp? Application, EffectiveRule Rule, IReadOnlyDictionary<string, string> Labels, double Value, string Summary)
{
    public static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Labels { get; } = AlertText.Clean(Labels);

    public string Summary { get; } = AlertText.Clean(Summary, AlertText.MaxSentence);

    /// <summary>Of the labels as they came: what is cut off tells alerts from each other all the same.</summary>
    public string Fingerprint { get; } = AlertInstance.FingerprintOf(Rule.Name, Application?.Id, Labels);
}

/// <summary>What was seen, and what could not be looked at.</summary>
internal sealed class Observations
{
    private readonly HashSet<(Guid Project, string Rule)> _unknown = [];
    private readonly HashSet<(Guid Project, string Rule)> _postponed = [];

    public List<Observation> Seen { get; } = [];

    /// <summary>Of the rules that projects wrote: why one could not be evaluated.</summary>
    public Dictionary<Guid, string> RuleProblems { get; } = [];

    /// <summary>Why Prometheus was not asked, or did not answer everything; null where it did.</summary>
    public string? PrometheusProblem { get; set; }

    /// <summary>Alerts of the rule keep their state.</summary>
    public void NotKnown(WatchedProject project, string rule) => _unknown.Add((project.Id, rule));

    /// <summary>The same for a rule that had no turn in this look: alerts that wait go on waiting.</summary>
    public void Postpone(WatchedProject project, string rule)
    {
        NotKnown(project, rule);
        _postponed.Add((project.Id, rule));
    }

    public bool IsPostponed(Guid project, string rule) => _postponed.Contains((project, rule));

    public bool IsKnown(Guid project, string rule) => !_unknown.Contains((project, rule));
}
