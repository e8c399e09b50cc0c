using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Account.Own;

/// <summary>
/// What the parts of the account page share. They are plain forms over HTTP, as they set cookies. A form that was done leads
/// to its page anew with a word of what was done, so that a reload does nothing twice; what is shown once is shown in place.
/// </summary>
public abstract class OwnPage : ComponentBase
{
    internal const string DoneParameter = "done";

    [CascadingParameter] protected HttpContext Http { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;
    [Inject] private AccountSignIn SignIn { get; set; } = default!;

    private protected FormFaults Faults { get; set; } = FormFaults.None;

    /// <summary>Only signed-in users come here.</summary>
    protected Caller Me => field ??= Caller.From(Http.User)! with { Address = Http.Connection.RemoteIpAddress?.ToString() };

    protected CancellationToken Gone => Http.RequestAborted;

    /// <summary>Keeps why a form was refused, for the fields that show it; false when it was not.</summary>
    protected bool Refused<T>(Result<T> result, params string[] fields)
    {
        if (result.Ok(out _, out var error)) return false;
        Faults = new FormFaults(error, fields);
        Http.Response.StatusCode = error is Invalid ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict;
        return true;
    }

    protected void LeadTo(string page, string? done = null) =>
        Navigation.NavigateTo(done is null ? page : $"{page}?{DoneParameter}={Uri.EscapeDataString(done)}");

    /// <summary>After a change that made every cookie of the user stale: this one stays good.</summary>
    protected Task StaySignedInAsync() => SignIn.RenewAsync(Me.UserId);
}
