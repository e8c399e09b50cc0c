using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Administration;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Administration;

/// <summary>How the states of users and mails are said.</summary>
public static class UserWords
{
    /// <summary>What most keeps the user from signing in comes first.</summary>
    public static StatusWord Of(UserView user) => user switch
    {
        { LockedAt: not null } => new("locked", "Locked", "bad"),
        { MustResetPassword: true } => new("mustResetPassword", "Needs a new password", "warn"),
        { EmailConfirmed: false } => new("unconfirmed", "Not confirmed", "idle"),
        _ => new("active", "Active", "ok"),
    };

    /// <summary>What the user has besides the password.</summary>
    public static string SecondFactor(UserView user) => user switch
    {
        { TwoFactor: true, Passkey: true } => "App and passkey",
        { TwoFactor: true } => "App",
        { Passkey: true } => "Passkey",
        _ => "None",
    };

    public static StatusWord Of(MailState state) => state switch
    {
        MailState.Kept => new("kept", "Kept here", "idle"),
        MailState.Waiting => new("waiting", "Waiting", "busy"),
        MailState.Sent => new("sent", "Sent", "ok"),
        MailState.Failed => new("failed", "Not sent", "bad"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
