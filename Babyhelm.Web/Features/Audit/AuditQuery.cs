using System.Globalization;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Audit;

/// <summary>What of the audit log a page shows, as it stands in the page's address. Times are UTC, to the minute.</summary>
/// <param name="Before">Only entries older than the one of this id: the next page.</param>
public sealed record AuditQuery(string? Actor, string? Action, string? Subject, string? Outcome, string? From, string? Until, string? Before)
{
    // As a field for date and time gives it.
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm";

    public bool IsFiltered => this with { Before = null } != new AuditQuery(null, null, null, null, null, null, null);

    /// <summary>What can't be read is as if it were not there.</summary>
    public AuditFilter Filter => new(
        Actor, Action, Subject, OutcomeOf(Outcome), TimeOf(From), TimeOf(Until),
        long.TryParse(Before, NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : null);

    /// <summary>Address of this list.</summary>
    public string On(string page) => Urls.WithQuery(page,
        ("actor", Actor), ("action", Action), ("subject", Subject), ("outcome", Outcome), ("from", From), ("until", Until), ("before", Before));

    /// <summary>From a form: without what is empty.</summary>
    public static AuditQuery Of(string? actor, string? action, string? subject, string? outcome, string? from, string? until, string? before = null) =>
        new(Some(actor), Some(action), Some(subject), Some(outcome), Some(from), Some(until), Some(before));

    private static string? Some(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static AuditOutcome? OutcomeOf(string? text) => text?.ToUpperInvariant() switch
    {
        "DONE" => AuditOutcome.Done,
        "REFUSED" => AuditOutcome.Refused,
        _ => null,
    };

    private static DateTimeOffset? TimeOf(string? text) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
