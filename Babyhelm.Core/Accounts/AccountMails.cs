using System.Text;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts;

/// <summary>Every mail about accounts, with its links. Links hold what is needed once, and lead to this installation only.</summary>
public sealed class AccountMails(Outbox outbox, IOptions<PublicOptions> options)
{
    public const string ConfirmPage = "/account/confirm";
    public const string ChangeEmailPage = "/account/confirm-change";
    public const string ResetPage = "/account/reset-password";
    public const string RegisterPage = "/account/register";
    public const string LoginPage = "/account/login";

    /// <summary>How long links to confirm an address or to reset a password are good.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(3);

    internal const string ConfirmSubject = "Confirm your e-mail address";
    internal const string RegisteredSubject = "You have an account already";
    internal const string ResetSubject = "Choose a new password";

    private static string Until => $"The link is good for {LinkLifetime.TotalHours:0} hours.";

    internal OutgoingMail Confirm(BabyhelmDbContext db, AppUser user, string code) => outbox.Add(db, user.Email!, ConfirmSubject, $"""
        Somebody, most likely you, made an account for {user.Email} on Babyhelm.

        Open this link to confirm that the address is yours:
        {Link(ConfirmPage, ("user", user.Id.ToString()), ("code", Encode(code)))}

        {Until} If it was not you, ignore this mail.
        """);

    internal OutgoingMail AlreadyRegistered(BabyhelmDbContext db, AppUser user) => outbox.Add(db, user.Email!, RegisteredSubject, $"""
        Somebody, most likely you, tried to make an account for {user.Email} on Babyhelm. There is one already.

        Sign in here, or have a new password sent to you from there:
        {Link(LoginPage)}
        """);

    internal OutgoingMail ChangeEmail(BabyhelmDbContext db, AppUser user, string newEmail, string code) => outbox.Add(db, newEmail, "Confirm your new e-mail address", $"""
        The account {user.Email} on Babyhelm is to get this address.

        Open this link to confirm it:
        {Link(ChangeEmailPage, ("user", user.Id.ToString()), ("email", newEmail), ("code", Encode(code)))}

        {Until} If it was not you, ignore this mail.
        """);

    internal OutgoingMail EmailChanged(BabyhelmDbContext db, string oldEmail, string newEmail) => outbox.Add(db, oldEmail, "Your e-mail address was changed", $"""
        Your account on Babyhelm now has the address {newEmail}.

        If it was not you, tell the administrator of your Babyhelm at once.
        """);

    internal OutgoingMail Reset(BabyhelmDbContext db, AppUser user, string code) => outbox.Add(db, user.Email!, ResetSubject, $"""
        Somebody, most likely you, asked for a new password for {user.Email} on Babyhelm.

        Open this link to choose one:
        {Link(ResetPage, ("user", user.Id.ToString()), ("code", Encode(code)))}

        {Until} If it was not you, ignore this mail: your password stays as it is.
        """);

    internal OutgoingMail ForcedReset(BabyhelmDbContext db, AppUser user, string code) => outbox.Add(db, user.Email!, "A new password is needed", $"""
        An administrator asks you to choose a new password for {user.Email} on Babyhelm; the old one no longer signs in.

        Open this link to choose one:
        {Link(ResetPage, ("user", user.Id.ToString()), ("code", Encode(code)))}

        {Until} Afterwards have another one sent to you, as for a forgotten password:
        {Link(LoginPage)}
        """);

    internal OutgoingMail SecurityNotice(BabyhelmDbContext db, AppUser user, string what) => outbox.Add(db, user.Email!, what, $"""
        {what}, for your account {user.Email} on Babyhelm.

        If it was not you, choose a new password at once and tell the administrator of your Babyhelm:
        {Link(LoginPage)}
        """);

    /// <param name="token">The invitation's token, for an address without an account; null for one that has one.</param>
    /// <param name="what">What the person is invited to, for example <c>the project shop</c>.</param>
    public OutgoingMail Invite(BabyhelmDbContext db, string email, string invitedBy, string what, string? token) => outbox.Add(db, email, $"You are invited to {what}", $"""
        {invitedBy} invites you to {what} on Babyhelm.

        {(token is null ? "Sign in to accept or decline:" : "Make your account here:")}
        {(token is null ? Link(LoginPage, ("returnUrl", "/projects")) : Link(RegisterPage, ("invitation", token)))}

        The invitation is good for {Invitation.Lifetime.TotalDays:0} days. If you don't know {invitedBy}, ignore this mail.
        """);

    /// <summary>The link of an invitation, where its mail stays here; null where it was sent.</summary>
    internal Uri? InvitationLink(Invitation invitation, OutgoingMail mail)
    {
        var begin = $"{Link(RegisterPage)}?invitation=";
        return outbox.KeptText(mail)?.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith(begin, StringComparison.Ordinal))
            .Where(line => TokenHash.Of(Uri.UnescapeDataString(line[begin.Length..])).AsSpan().SequenceEqual(invitation.TokenHash))
            .Select(line => new Uri(line)).FirstOrDefault();
    }

    /// <summary>
    /// Whether the user had a mail with this subject just now, and need not have another that anybody can ask for. Keeps others
    /// who ask at the same time waiting, for the rest of the transaction of <paramref name="db"/>.
    /// </summary>
    internal async Task<bool> HadJustNowAsync(BabyhelmDbContext db, AppUser user, string subject, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {user.Id} FOR UPDATE", cancellation);
        return await outbox.IsFreshAsync(db, user.Email!, subject, cancellation);
    }

    /// <summary>Has the mail sent soon, after the commit.</summary>
    public Task HandOverAsync(OutgoingMail mail, CancellationToken cancellation) => outbox.HandOverAsync(mail, cancellation);

    /// <summary>A code of Identity as it stands in a link.</summary>
    internal static string Encode(string code) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(code));

    /// <summary>The code of a link; null when it is none.</summary>
    internal static string? Decode(string? code)
    {
        try
        {
            return string.IsNullOrEmpty(code) || code.Length > 2048 ? null : Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(code));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private string Link(string page, params (string Name, string Value)[] query) =>
        new Uri(options.Value.Url, page) + (query.Length == 0 ? "" : "?" + string.Join('&', query.Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value)}")));
}
