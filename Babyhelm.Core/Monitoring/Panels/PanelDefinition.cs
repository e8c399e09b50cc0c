namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>What has to be there for a panel to say something.</summary>
public enum PanelNeed
{
    /// <summary>Pods, which everything has that runs.</summary>
    Pods,

    /// <summary>A deployment, which cron applications lack.</summary>
    Deployment,

    /// <summary>Visitors that come through the gateway.</summary>
    Requests,
}

/// <summary>How a line is meant.</summary>
public enum LineRole { Value, Request, Limit }

/// <summary>A line that a panel draws.</summary>
/// <param name="Key">Value of the label <c>line</c> in the answer.</param>
/// <param name="Expected">The panel is partial where it is missing; others come and go.</param>
public sealed record PanelLine(string Key, string Name, LineRole Role = LineRole.Value, bool Expected = true);

/// <summary>One panel, as data: one query and how its answer is drawn.</summary>
/// <param name="Code">In the API, unique within its catalogue.</param>
/// <param name="Query">
/// PromQL, with <c>$namespace</c> and <c>$application</c> for quoted names, <c>$window</c> for the time that a rate is taken over,
/// and <c>$recent</c> for one of at least 5 minutes.
/// </param>
/// <param name="Lines">The lines by the label <c>line</c>. None: one for each value of the label <c>application</c>.</param>
public sealed record PanelDefinition(string Code, string Title, PanelUnit Unit, string Query, params IReadOnlyList<PanelLine> Lines)
{
    public PanelNeed Need { get; init; }

    /// <summary>One short sentence under the title; null where the title says it all.</summary>
    public string? Hint { get; init; }

    /// <summary>The applications beyond the busiest are added up in one line. Not for shares and quantiles: these have no sum.</summary>
    public bool AddsUp { get; init; }

    /// <summary>Both labels: one line for each application and line.</summary>
    internal bool ByBoth { get; init; }
}
