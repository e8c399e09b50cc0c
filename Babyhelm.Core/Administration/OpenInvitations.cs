using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Administration;

/// <param name="Search">Part of the address, whatever its case; null for all.</param>
/// <param name="Page">From 1.</param>
public sealed record InvitationQuery(string? Search = null, int Page = 1);

/// <summary>An address that may make an account.</summary>
/// <param name="InvitedBy">Who invited last.</param>
/// <param name="ByAdmin">From a platform admin; else from an owner, into a project.</param>
/// <param name="Link">The link to hand over, where no mail server is configured; null where the mail is sent. Only in person.</param>
public sealed record InvitationView(string Email, PlatformRole Role, string InvitedBy, bool ByAdmin, DateTimeOffset ExpiresAt, Uri? Link);

/// <param name="Total">Invitations that the query fits, on all pages.</param>
public sealed record InvitationPage(IReadOnlyList<InvitationView> Invitations, int Total, int Page)
{
    public int Pages => Paging.Pages(Total);
}

/// <summary>Invitations into the platform that let somebody in, and that nobody has answered yet, for platform admins.</summary>
public sealed class OpenInvitations(IDbContextFactory<BabyhelmDbContext> contexts, AccountMails mails, RefusalLog refusals, TimeProvider time)
{
    private const int MaxSearch = 256;

    /// <summary>By address.</summary>
    public async Task<Result<InvitationPage>> ListAsync(Caller caller, InvitationQuery query, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "user.list", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var open = RegisterUser.Good(db, time.GetUtcNow()).AsNoTracking().Where(i => !db.Users.Any(u => u.NormalizedEmail == i.NormalizedEmail));
        if (Like.Text(query.Search) is { Length: <= MaxSearch } search) open = open.Where(i => EF.Functions.ILike(i.Email, $"%{search}%", Like.Escape));
        var total = await open.CountAsync(cancellation);
        var page = Paging.Clamp(query.Page, total);
        var rows = await open.OrderBy(i => i.NormalizedEmail).ThenBy(i => i.ByAdmin).Page(page)
            .Select(i => new { Invitation = i, Mail = db.Set<OutgoingMail>().FirstOrDefault(m => m.Id == i.MailId) }).ToListAsync(cancellation);
        // Whoever has the link is the invited person: as with the outbox, no token is enough for it.
        var inPerson = caller.WhyNotInPerson is null;
        var views = rows.ConvertAll(r => new InvitationView(r.Invitation.Email, r.Invitation.Role, r.Invitation.InvitedBy, r.Invitation.ByAdmin, r.Invitation.ExpiresAt,
            inPerson && r.Mail is { } mail ? mails.InvitationLink(r.Invitation, mail) : null));
        if (views.Any(v => v.Link is not null)) await refusals.NoteReadAsync(caller, "mail.list", RefusalLog.Platform);
        return new InvitationPage(views, total, page);
    }
}
