using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>What one query of Prometheus is shared by.</summary>
/// <param name="Application">Null for a whole project.</param>
public sealed record PanelKey(string Namespace, string? Application, PanelDefinition Panel, PanelRange Range);

public enum PanelState
{
    /// <summary>The first answer is on its way.</summary>
    Loading,
    Ready,

    /// <summary>Some lines are there, and <see cref="PanelSnapshot.Missing"/> are not.</summary>
    Partial,

    /// <summary>Prometheus answers and has nothing of it yet.</summary>
    NoSamples,

    /// <summary>The same where requests of visitors are counted.</summary>
    NoRequests,

    /// <summary>No Prometheus is configured.</summary>
    NotSetUp,

    /// <summary>Prometheus did not answer, or refused. The lines are those of its last answer, if there was one.</summary>
    Unreachable,
}

/// <summary>One line.</summary>
/// <param name="Application">Which it is of, where the panel has one line or more for each; else null.</param>
/// <param name="Key">The <see cref="PanelLine.Key"/> where the panel has fixed lines; else null.</param>
/// <param name="Values">One for each point of the panel; NaN where there is none.</param>
public sealed record PanelSeries(string Name, string? Application, string? Key, LineRole Role, int Slot, double[] Values)
{
    /// <summary>The newest value; null where the line has ended.</summary>
    public double? Last => Values is [.., var last] && !double.IsNaN(last) ? last : null;
}

/// <summary>A panel as everybody sees it who looks at it at this moment.</summary>
/// <param name="From">Time of the first point; the others follow by the range's step.</param>
public sealed record PanelSnapshot(PanelKey Key, PanelState State, DateTimeOffset From, IReadOnlyList<PanelSeries> Series)
{
    /// <summary>Names of expected lines that Prometheus has not got.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>How many applications are not drawn, because only the busiest are and these have no sum.</summary>
    public int LeftOut { get; init; }

    /// <summary>Why there is no answer; null where there is one.</summary>
    public Error? Problem { get; init; }

    /// <summary>Since when there has been none.</summary>
    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset Until => From + Key.Range.Span;

    internal static PanelSnapshot Waiting(PanelKey key, DateTimeOffset now) => new(key, PanelState.Loading, key.Range.Until(now) - key.Range.Span, []);
}
