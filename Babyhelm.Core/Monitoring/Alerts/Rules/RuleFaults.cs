using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.PromQl;
using Babyhelm.Core.Monitoring.Scoped;

namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>What can't be about a rule.</summary>
internal static class RuleFaults
{
    private const int MaxFor = 86_400;
    private const int MaxQuery = 4000;

    public static IReadOnlyList<Fault> Of(string name, ReadyMadeRule? readyMade, ForApplication app, RuleGiven given, AlertRule? row, string ns)
    {
        var faults = new List<Fault>();
        if (readyMade is null) Own(name, app, given, row, ns, faults);
        else
        {
            if (given.Query is not null) faults.Add(new Fault("query", "A ready-made rule has a query of its own. Choose another name for your rule."));
            if (given.Anomaly is not null) faults.Add(new Fault("anomaly", "A ready-made rule is what it is. Choose another name for your rule."));
            if (readyMade.OfProject && app.Id is not null) faults.Add(new Fault("application", "This rule is of the project as a whole."));
            if (given.Threshold is { } threshold)
            {
                if (readyMade.Threshold is null) faults.Add(new Fault("threshold", "This rule has no threshold: it holds or it doesn't."));
                else if (!(threshold > 0 && threshold <= readyMade.MostThreshold)) faults.Add(new Fault("threshold", FormattableString.Invariant($"Give more than 0 and at most {readyMade.MostThreshold}.")));
            }
        }
        if (given.ForSeconds is < 0 or > MaxFor) faults.Add(new Fault("forSeconds", $"Give 0 to {MaxFor} seconds."));
        return faults;
    }

    private static void Own(string name, ForApplication app, RuleGiven given, AlertRule? row, string ns, List<Fault> faults)
    {
        if (Slug.Problem(name) is { } problem) faults.Add(new Fault("name", problem));
        if (app.Id is not null) faults.Add(new Fault("application", "A rule of your own is for the whole project: choose the application in its query."));
        var isAnomaly = row is null ? given.Anomaly == true : row.Kind == AlertKind.Anomaly;
        if (row is not null && given.Anomaly is { } asked && asked != isAnomaly) faults.Add(new Fault("anomaly", "This can't be changed: make another rule."));
        var query = given.Query ?? row?.Query;
        if (string.IsNullOrWhiteSpace(query)) faults.Add(new Fault("query", "Give a PromQL expression."));
        else if (query.Length > MaxQuery) faults.Add(new Fault("query", $"A query has at most {MaxQuery} characters."));
        else if (!AlertText.CanBeStored(query)) faults.Add(new Fault("query", "A query has no NUL character and no half characters."));
        else if (QueryScope.Limit(query, new NamespaceScope([ns])).Failed(out var error, out _)) faults.Add(new Fault("query", error.Message));
        else if (IsText(PromQlText.Parse(query).Value)) faults.Add(new Fault("query", "The expression is a text; it has to be a number or series."));
        var threshold = given.Threshold ?? row?.Threshold;
        if (threshold is { } t && !double.IsFinite(t)) faults.Add(new Fault("threshold", "Give a number."));
        else if (isAnomaly && threshold is not (>= 1 and <= 100)) faults.Add(new Fault("threshold", "Give 1 to 100 spreads; 4 is a good beginning."));
    }

    private static bool IsText(Expr expr) => expr switch
    {
        Parenthesized p => IsText(p.Inner),
        StringLiteral => true,
        _ => false,
    };
}
