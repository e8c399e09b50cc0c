using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>
/// Background work: brings one message to one channel, and tries again with growing pauses while its receiver is away. A
/// receiver that has answered well never gets it again; one whose answer was lost may, with the same delivery id.
/// </summary>
internal sealed class DeliverAlerts(IDbContextFactory<BabyhelmDbContext> contexts, ChannelSender sender, Outbox outbox, TimeProvider time) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "deliver-alert";
    internal const int MaxAttempts = 20;
    private const int MaxDue = 200;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestWish = TimeSpan.FromHours(1);
    private static readonly TimeSpan Keep = TimeSpan.FromDays(14);

    /// <summary>An attempt takes 10 s at most; a process that died over one has left it after this.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    public string Kind => WorkKind;

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var now = time.GetUtcNow();
        var oldest = now - Keep;
        await db.Set<AlertDelivery>().Where(d => d.CreatedAt < oldest).ExecuteDeleteAsync(cancellation);
        return await db.Set<AlertDelivery>().Where(d => d.Outcome == DeliveryOutcome.Waiting && d.NextTryAt <= now)
            .OrderBy(d => d.NextTryAt).Take(MaxDue).Select(d => new WorkItem(WorkKind, d.Id)).ToListAsync(cancellation);
    }

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var now = time.GetUtcNow();
        var until = now + Lease;
        // Of several that try, one takes it.
        if (await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && d.NextTryAt <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextTryAt, until).SetProperty(d => d.IsTrying, true).SetProperty(d => d.Attempts, d => d.Attempts + 1), cancellation) == 0)
            return await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting).Select(d => (DateTimeOffset?)d.NextTryAt).FirstOrDefaultAsync(cancellation) - now;
        var delivery = await db.Set<AlertDelivery>().SingleAsync(d => d.Id == id, cancellation);
        var channel = await db.Set<AlertChannel>().AsNoTracking().SingleAsync(c => c.Id == delivery.ChannelId, cancellation);
        OutgoingMail? mail = null;
        SendAnswer answer;
        if (channel.Kind == ChannelKind.Email)
        {
            // In the transaction of the outcome: the outbox has it once, and tries as long as any mail.
            mail = outbox.Add(db, channel.Target, delivery.Message.Subject, MessageText.Of(delivery.Message, text => text, link: url => url));
            answer = new SendAnswer(true, OutboxAnswer(outbox));
        }
        else answer = await sender.SendAsync(channel, delivery.Message, id, cancellation);
        var pause = Settle(delivery, answer, time.GetUtcNow());
        await db.SaveChangesAsync(CancellationToken.None); // it was sent, whoever stops now
        await Change.SendAsync(db, ChangeOf.Alert, delivery.ProjectId, CancellationToken.None);
        if (mail is not null) await outbox.HandOverAsync(mail, cancellation);
        return pause;
    }

    internal static string OutboxAnswer(Outbox outbox) =>
        outbox.Sends ? "Given to the outbox." : "No mail server is set up: it is kept in the outbox, where a platform admin can read it.";

    /// <summary>Null when it is over, else the time until the next attempt.</summary>
    private static TimeSpan? Settle(AlertDelivery delivery, SendAnswer answer, DateTimeOffset now)
    {
        delivery.IsTrying = false;
        delivery.Answer = answer.Answer.Length <= 500 ? answer.Answer : answer.Answer[..499] + "…";
        if (answer.Delivered || answer.IsFinal || delivery.Attempts >= MaxAttempts)
        {
            (delivery.Outcome, delivery.FinishedAt, delivery.NextTryAt) = (answer.Delivered ? DeliveryOutcome.Delivered : DeliveryOutcome.Failed, now, now);
            return null;
        }
        var seconds = Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(20, delivery.Attempts - 1)));
        var pause = TimeSpan.FromSeconds(seconds * (0.8 + (0.4 * Random.Shared.NextDouble())));
        if (answer.RetryAfter is { } wish && wish > pause) pause = wish < LongestWish ? wish : LongestWish;
        delivery.NextTryAt = now + pause;
        return pause;
    }
}
