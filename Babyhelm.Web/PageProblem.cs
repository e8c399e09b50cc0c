using Babyhelm.Core.Data;

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
