using Babyhelm.Core.Data;
using Babyhelm.Core.Grafana;

namespace Babyhelm.Web;

/// <summary>What a person reads when a page cannot be shown: what happened and what to do.</summary>
/// <param name="Status">HTTP status of the answer.</param>
internal sealed record PageProblem(int Status, string Title, string Advice)
{
    public static readonly PageProblem Database = new(
        StatusCodes.Status503ServiceUnavailable, "The database does not answer",
        "Nothing was changed. Babyhelm tries again by itself; reload this page in a moment. "
        + "If it stays like this, check that PostgreSQL runs and that ConnectionStrings:Babyhelm is right.");

    public static readonly PageProblem Bug = new(
        StatusCodes.Status500InternalServerError, "Something went wrong on our side",
        "What you did last may not have been saved. Reload the page and look before you try again. "
        + "The log of Babyhelm holds the details.");

    public static readonly PageProblem ForeignOrigin = new(
        StatusCodes.Status403Forbidden, "This did not come from a page of Babyhelm", "Open Babyhelm by its own address and try again there.");

    /// <summary>Why Grafana is not shown; null where it has answered.</summary>
    public static PageProblem? OfGrafana(GrafanaOutcome outcome) => outcome switch
    {
        GrafanaOutcome.Answered => null,
        GrafanaOutcome.NotSetUp => OfStatus(StatusCodes.Status404NotFound),
        GrafanaOutcome.BadAddress => new(StatusCodes.Status400BadRequest, "There is no such address in Grafana", "Go back to the project and open Grafana from there."),
        GrafanaOutcome.NotAllowed => new(StatusCodes.Status403Forbidden, "This can't be changed in Grafana", "Grafana behind Babyhelm shows dashboards. Who may change them is a setting, Grafana:AdminRole; profiles, data sources, plugins and users stay as its configuration has them."),
        GrafanaOutcome.TooMany => new(StatusCodes.Status429TooManyRequests, "Too much of Grafana is open at once", "Close other pages with panels of Grafana, then reload this one."),
        GrafanaOutcome.TooLarge => OfStatus(StatusCodes.Status413PayloadTooLarge),
        GrafanaOutcome.TimedOut => new(StatusCodes.Status504GatewayTimeout, "Grafana takes too long", "Reload this page in a moment. The tab Metrics shows the same without Grafana."),
        GrafanaOutcome.LeadsAway => new(StatusCodes.Status502BadGateway, "Grafana leads to another address", "A platform admin can check that Grafana's root_url is Babyhelm's address followed by /grafana/, with serve_from_sub_path on."),
        GrafanaOutcome.Unprotected => new(StatusCodes.Status502BadGateway, "Grafana's pages are not protected", "A platform admin can set content_security_policy = true in the section security of grafana.ini, with a script-src that has $NONCE, as Grafana's own template has, and start Grafana anew. Without it any fault in Grafana could act as you in Babyhelm. The tab Metrics shows the same without Grafana."),
        _ => new(StatusCodes.Status502BadGateway, "Grafana does not answer", "Reload this page in a moment. The tab Metrics shows the same without Grafana. If it stays like this, a platform admin can check that Grafana runs and that Grafana:Url is right."),
    };

    /// <summary>Says why the exception stopped the page.</summary>
    public static PageProblem Of(Exception exception)
    {
        if (DatabaseFault.IsOutage(exception)) return Database;
        return exception is BadHttpRequestException bad ? OfStatus(bad.StatusCode) : Bug;
    }

    /// <summary>Status for a form that was not accepted: too large, or without a valid token.</summary>
    public static int OfForm(Exception? error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is BadHttpRequestException bad) return bad.StatusCode;
            if (e is InvalidDataException) return StatusCodes.Status413PayloadTooLarge; // a form limit
        }
        return StatusCodes.Status400BadRequest;
    }

    public static PageProblem OfStatus(int status) => status switch
    {
        400 => new(status, "This form cannot be sent", "It may have been open for too long, or from before you signed in. Go back, reload the page and send it again."),
        403 => new(status, "You may not see this page", "Ask an owner of the project or a platform admin for access."),
        404 => new(status, "There is no such page", "It may have been deleted, or belong to a project that you are not a member of."),
        405 => new(status, "This page does not take that", "Go back, reload the page and try again."),
        413 => new(status, "That is too much", "The form is larger than Babyhelm takes. Shorten what you sent and try again."),
        429 => new(status, "Too many tries", "Wait a minute, then try again."),
        503 => new(status, "Babyhelm is not ready", "Reload this page in a moment."),
        >= 500 => Bug with { Status = status },
        _ => new(status, "This request was refused", "Go back, reload the page and try again."),
    };
}
