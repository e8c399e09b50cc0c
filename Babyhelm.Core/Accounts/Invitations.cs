using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Invites addresses by mail: those without an account to make one, those with one to look.</summary>
public sealed class Invitations(AccountMails mails, TimeProvider time)
{
    private const string Prefix = "bhi_";

    /// <summary>
    /// Part of the transaction of <paramref name="db"/>; the mail is handed over after its commit. A second invitation of
    /// an address by admins, or by owners, replaces the first one's link.
    /// </summary>
    /// <param name="role">Platform role of the account, where one is made; given by admins only.</param>
    /// <param name="what">What the person is invited to, for the mail.</param>
    public async Task<OutgoingMail> InviteAsync(
        BabyhelmDbContext db, Caller caller, string email, PlatformRole role, string what, CancellationToken cancellation)
    {
        await RegisterUser.LockAsync(db, cancellation);
        var normalized = EmailAddress.Normalize(email);
        if (await db.Users.AnyAsync(u => u.NormalizedEmail == normalized, cancellation)) return mails.Invite(db, email, caller.Email, what, token: null);
        var (token, now) = (TokenHash.NewToken(Prefix), time.GetUtcNow());
        var found = await db.Set<Invitation>().FirstOrDefaultAsync(i => i.NormalizedEmail == normalized && i.ByAdmin == caller.IsAdmin, cancellation);
        if (found is null)
        {
            found = new Invitation
            {
                Email = email,
                NormalizedEmail = normalized,
                TokenHash = TokenHash.Of(token),
                ByAdmin = caller.IsAdmin,
                InvitedBy = caller.Email,
                CreatedAt = now,
                ExpiresAt = now + Invitation.Lifetime,
            };
            db.Add(found);
        }
        var mail = mails.Invite(db, email, caller.Email, what, token);
        (found.TokenHash, found.ExpiresAt, found.InvitedBy, found.MailId) = (TokenHash.Of(token), now + Invitation.Lifetime, caller.Email, mail.Id);
        if (caller.IsAdmin) (found.Role, found.InvitedById) = (role, caller.UserId);
        return mail;
    }

    /// <summary>Ends the link that owners of projects sent to an address; that of an admin stays. Part of the transaction of <paramref name="db"/>.</summary>
    internal static Task<int> WithdrawAsync(BabyhelmDbContext db, string normalized, CancellationToken cancellation) =>
        db.Set<Invitation>().Where(i => i.NormalizedEmail == normalized && !i.ByAdmin).ExecuteDeleteAsync(cancellation);
}
