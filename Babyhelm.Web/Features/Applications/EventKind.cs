using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Which events are shown, as it stands in the page's address.</summary>
/// <param name="Name">In the address; null for all.</param>
public sealed record EventKind(string? Name, string Title, bool? Warning)
{
    public static readonly IReadOnlyList<EventKind> All = [new(null, "All", null), new("warning", "Warnings", true), new("normal", "Normal", false)];

    /// <summary>All of them for a name that is none.</summary>
    public static EventKind Of(string? name) => All.FirstOrDefault(k => string.Equals(k.Name, name, StringComparison.OrdinalIgnoreCase)) ?? All[0];

    public bool Has(AppEvent e) => Warning is null || Warning == e.Warning;

    public string On(string page) => Urls.WithQuery(page, ("type", Name));

    /// <summary>Warnings before all others, the newest first; from oldest first.</summary>
    public static IReadOnlyList<AppEvent> Order(IEnumerable<AppEvent> events) => [.. events.Reverse().OrderBy(e => !e.Warning)];
}
