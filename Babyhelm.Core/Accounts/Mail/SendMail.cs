using System.Net;
using System.Net.Mail;
using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts.Mail;

/// <summary>Background work: sends a mail over SMTP; tries again with growing pauses for two days. Old mails are removed.</summary>
internal sealed class SendMail(
    IDbContextFactory<BabyhelmDbContext> contexts, Outbox outbox, IOptions<MailOptions> options, TimeProvider time) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "send-mail";
    internal const int MaxAttempts = 40;
    private const int MaxDue = 200;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(2);
    private static readonly TimeSpan Keep = TimeSpan.FromDays(14);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public string Kind => WorkKind;

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        if (!outbox.Sends) return null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var mail = await db.Set<OutgoingMail>().FirstOrDefaultAsync(m => m.Id == id, cancellation);
        if (mail is not { SentAt: null, Attempts: < MaxAttempts }) return null;
        if (outbox.TextOf(mail) is not { } text)
        {
            (mail.Attempts, mail.Problem) = (MaxAttempts, "Its text can't be read any more: the key that encrypted it is gone.");
            await db.SaveChangesAsync(cancellation);
            return null;
        }
        mail.Attempts++;
        mail.Problem = await TrySendAsync(mail, text, cancellation);
        if (mail.Problem is null) (mail.SentAt, mail.ProtectedText) = (time.GetUtcNow(), null);
        await db.SaveChangesAsync(CancellationToken.None); // it was sent, whoever stops now
        return mail.Problem is null || mail.Attempts >= MaxAttempts ? null : Pause(mail.Attempts);
    }

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var oldest = time.GetUtcNow() - Keep;
        await db.Set<OutgoingMail>().Where(m => m.CreatedAt < oldest).ExecuteDeleteAsync(cancellation);
        if (!outbox.Sends) return [];
        return await db.Set<OutgoingMail>().Where(m => m.SentAt == null && m.Attempts < MaxAttempts)
            .OrderBy(m => m.Id).Take(MaxDue).Select(m => new WorkItem(WorkKind, m.Id)).ToListAsync(cancellation);
    }

    private static TimeSpan Pause(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, attempts - 1)));

    /// <summary>Null when the server took it, else why not.</summary>
    private async Task<string?> TrySendAsync(OutgoingMail mail, string text, CancellationToken cancellation)
    {
        var settings = options.Value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            using var message = new MailMessage(settings.From!, mail.To, mail.Subject, text)
            {
                BodyEncoding = Encoding.UTF8,
                SubjectEncoding = Encoding.UTF8,
                Headers = { ["Message-ID"] = $"<{mail.Id:N}@babyhelm>", ["Auto-Submitted"] = "auto-generated" },
            };
            using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.Tls };
            if (!string.IsNullOrEmpty(settings.User)) client.Credentials = new NetworkCredential(settings.User, settings.Password);
            await client.SendMailAsync(message, limit.Token);
            return null;
        }
        catch (Exception e) when (e is SmtpException or FormatException or IOException)
        {
            return e.InnerException is { } cause ? $"{e.Message} {cause.Message}" : e.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"The mail server did not take the mail within {Timeout.TotalSeconds:0} s.";
        }
    }
}
