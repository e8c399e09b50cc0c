using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Administration;

/// <summary>An address that may make an account.</summary>
/// <param name="Link">The link to hand over, where no mail server is configured; null where the mail is sent. Only in person.</param>
public sealed record InvitationView(string Email, PlatformRole Role, string InvitedBy, DateTimeOffset ExpiresAt, Uri? Link);

/// <summary>Invitations into the platform that nobody has answered yet, for platform admins.</summary>
public sealed class OpenInvitations(IDbContextFactory<BabyhelmDbContext> contexts, AccountMails mails, RefusalLog refusals, TimeProvider time)
{
    /// <summary>By address.</summary>
    public async Task<Result<IReadOnlyList<InvitationView>>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "user.list") is { } no) return no;
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var views = new List<InvitationView>();
        foreach (var invitation in await db.Set<Invitation>().AsNoTracking().Where(i => i.ExpiresAt > now).OrderBy(i => i.NormalizedEmail).ToListAsync(cancellation))
        {
            // Whoever has the link is the invited person: as with the outbox, no token is enough for it.
            var link = caller.WhyNotInPerson is null ? await mails.InvitationLinkAsync(db, invitation, cancellation) : null;
            views.Add(new InvitationView(invitation.Email, invitation.Role, invitation.InvitedBy, invitation.ExpiresAt, link));
        }
        if (views.Any(v => v.Link is not null)) await refusals.NoteReadAsync(caller, "mail.list", RefusalLog.Platform);
        return views;
    }
}
