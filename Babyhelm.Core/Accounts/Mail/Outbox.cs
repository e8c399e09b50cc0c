using System.Security.Cryptography;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts.Mail;

public enum MailState
{
    /// <summary>No mail server is configured: it stays here.</summary>
    Kept,

    /// <summary>It is sent soon, or tried again.</summary>
    Waiting,
    Sent,

    /// <summary>Given up.</summary>
    Failed,
}

/// <summary>A mail as a platform admin sees it.</summary>
/// <param name="Text">Null once it was sent: then the admin has no business with it.</param>
/// <param name="Problem">Why the last attempt failed.</param>
public sealed record MailView(
    Guid Id, string To, string Subject, string? Text, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, int Attempts, string? Problem, MailState State);

/// <param name="Search">Part of the address or of the subject, whatever its case; null for all.</param>
/// <param name="Page">From 1.</param>
public sealed record MailQuery(string? Search = null, int Page = 1);

/// <param name="Total">Mails that the query fits, on all pages.</param>
public sealed record MailPage(IReadOnlyList<MailView> Mails, int Total, int Page)
{
    public int Pages => Paging.Pages(Total);
}

/// <summary>Mails are written with the change that they tell of, and sent in the background.</summary>
public sealed class Outbox(
    IDbContextFactory<BabyhelmDbContext> contexts, IDataProtectionProvider protection, IWorkQueue work, IOptions<MailOptions> options, RefusalLog refusals, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(2);
    private const int MaxLength = 256;
    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Accounts.Outbox");

    /// <summary>Whether mails leave this installation. Where they don't, nothing may wait for one.</summary>
    public bool Sends => options.Value.IsConfigured;

    /// <summary>Adds a mail to the transaction of <paramref name="db"/>; <see cref="HandOverAsync"/> after its commit.</summary>
    public OutgoingMail Add(BabyhelmDbContext db, string to, string subject, string text)
    {
        var mail = new OutgoingMail
        {
            To = to,
            Subject = OneLine(subject),
            ProtectedText = _protector.Protect(text),
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(mail);
        return mail;
    }

    /// <summary>Whether a mail with this subject was written to the address within the last 2 minutes: no flood of them on somebody else's wish.</summary>
    internal Task<bool> IsFreshAsync(BabyhelmDbContext db, string to, string subject, CancellationToken cancellation)
    {
        var since = time.GetUtcNow() - Pause;
        return db.Set<OutgoingMail>().AnyAsync(m => m.To == to && m.Subject == subject && m.CreatedAt > since, cancellation);
    }

    /// <summary>Has the mail sent soon; the sweep does it otherwise.</summary>
    public Task HandOverAsync(OutgoingMail mail, CancellationToken cancellation) =>
        Sends ? work.EnqueueAsync(new WorkItem(SendMail.WorkKind, mail.Id), cancellation) : Task.CompletedTask;

    /// <summary>A page of mails, the newest first. For platform admins.</summary>
    public async Task<Result<MailPage>> ListAsync(Caller caller, MailQuery query, CancellationToken cancellation)
    {
        // With its links an admin could take over accounts by a token that leaked: only in person, and noted.
        if (await refusals.WhyNotAdminInPersonAsync(caller, "mail.list", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var all = db.Set<OutgoingMail>().AsNoTracking();
        if (Like.Text(query.Search) is { Length: <= MaxLength } search)
            all = all.Where(m => EF.Functions.ILike(m.To, $"%{search}%", Like.Escape) || EF.Functions.ILike(m.Subject, $"%{search}%", Like.Escape));
        var total = await all.CountAsync(cancellation);
        var page = Paging.Clamp(query.Page, total);
        var mails = await all.OrderByDescending(m => m.Id).Page(page).ToListAsync(cancellation);
        if (mails.Any(m => m.ProtectedText is not null)) await refusals.NoteReadAsync(caller, "mail.list", RefusalLog.Platform);
        return new MailPage(mails.ConvertAll(m => new MailView(m.Id, m.To, m.Subject, TextOf(m), m.CreatedAt, m.SentAt, m.Attempts, m.Problem, StateOf(m))), total, page);
    }

    /// <summary>The text of a mail that waits here because no mail server is configured; null for others.</summary>
    internal string? KeptText(OutgoingMail mail) => Sends || mail.SentAt is not null ? null : TextOf(mail);

    private MailState StateOf(OutgoingMail mail) => mail switch
    {
        { SentAt: not null } => MailState.Sent,
        { Attempts: >= SendMail.MaxAttempts } => MailState.Failed,
        _ => Sends ? MailState.Waiting : MailState.Kept,
    };

    /// <summary>Null when it was sent, or when the key that encrypted it is gone.</summary>
    internal string? TextOf(OutgoingMail mail)
    {
        try
        {
            return mail.ProtectedText is { } text ? _protector.Unprotect(text) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string OneLine(string subject)
    {
        subject = new string([.. subject.Select(c => char.IsControl(c) ? ' ' : c)]);
        return subject.Length <= MaxLength ? subject : subject[..MaxLength];
    }
}
