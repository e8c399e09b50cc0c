using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Applications;

/// <summary>How the log is shown, as it stands in the page's address; what is usual is left out there.</summary>
/// <param name="Pod">Null for all of them.</param>
/// <param name="Previous">The run before the last restart, which has ended.</param>
/// <param name="Follow">New lines as they come.</param>
/// <param name="Search">Words to find; null for none.</param>
/// <param name="Only">Nothing but the lines with these words.</param>
public sealed record LogQuery(string? Pod, bool Previous, bool Follow, string? Search, bool Only, bool Times, bool Wrap)
{
    private const string Yes = "1";
    private const string No = "0";

    public static LogQuery Of(string? pod, string? previous, string? follow, string? search, string? only, string? times, string? wrap) => new(
        string.IsNullOrWhiteSpace(pod) ? null : pod, previous == Yes, follow != No, string.IsNullOrEmpty(search) ? null : search, only == Yes, times == Yes, wrap != No);

    /// <summary>Address of the page.</summary>
    public string On(string page) => Urls.WithQuery(page,
        ("pod", Pod), ("previous", Previous ? Yes : null), ("follow", Follow ? null : No), ("q", Search), ("only", Only ? Yes : null),
        ("times", Times ? Yes : null), ("wrap", Wrap ? null : No));

    /// <summary>Address of the file with the same log.</summary>
    public string Download(string project, string app) => Urls.WithQuery(Urls.LogDownload(project, app),
        ("pod", Pod), ("previous", Previous ? "true" : null), ("times", Times ? "true" : null));
}
