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
        if (await GiveUpAsync(db, id, now, cancellation)) return null;
        if (await AfterOlderAsync(db, id, now, cancellation) is { } wait) return wait;
        // Of several that try, one takes it.
        if (await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && d.NextTryAt <= now)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextTryAt, until).SetProperty(d => d.IsTrying, true).SetProperty(d => d.Attempts, d => d.Attempts + 1), cancellation) == 0)
            return await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting).Select(d => (DateTimeOffset?)d.NextTryAt).FirstOrDefaultAsync(cancellation) - now;
        var delivery = await db.Set<AlertDelivery>().SingleAsync(d => d.Id == id, cancellation);
        var channel = await db.Set<AlertChannel>().AsNoTracking().SingleAsync(c => c.Id == delivery.ChannelId, cancellation);
        OutgoingMail? mail = null;
        SendAnswer answer;
        if (!channel.Enabled) answer = new SendAnswer(false, "The channel is switched off.", IsFinal: true);
        else if (channel.Kind == ChannelKind.Email)
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

    /// <summary>Ends one that was tried as often as can be, and whose last attempt left no outcome: its process died over it.</summary>
    private static async Task<bool> GiveUpAsync(BabyhelmDbContext db, Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && d.NextTryAt <= now && d.Attempts >= MaxAttempts)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.Outcome, DeliveryOutcome.Failed).SetProperty(d => d.IsTrying, false).SetProperty(d => d.FinishedAt, now), cancellation) == 0)
            return false;
        var project = await db.Set<AlertDelivery>().Where(d => d.Id == id).Select(d => d.ProjectId).FirstOrDefaultAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Alert, project, cancellation);
        return true;
    }

    /// <summary>
    /// How long it waits for an older one of the same channel and application; null where there is none: after an outage of its
    /// receiver, an end must not arrive before its beginning.
    /// </summary>
    private static async Task<TimeSpan?> AfterOlderAsync(BabyhelmDbContext db, Guid id, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await db.Set<AlertDelivery>().AsNoTracking().FirstOrDefaultAsync(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && d.NextTryAt <= now, cancellation) is not { } own) return null;
        var older = (await db.Set<AlertDelivery>().AsNoTracking().Where(d => d.ChannelId == own.ChannelId && d.Outcome == DeliveryOutcome.Waiting && d.CreatedAt < own.CreatedAt).ToListAsync(cancellation))
            .Where(d => d.Message.Application == own.Message.Application).MinBy(d => d.CreatedAt);
        if (older is null) return null;
        var until = older.NextTryAt > now + FirstPause ? older.NextTryAt : now + FirstPause;
        await db.Set<AlertDelivery>().Where(d => d.Id == id && d.Outcome == DeliveryOutcome.Waiting && !d.IsTrying && d.NextTryAt <= now)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextTryAt, until), cancellation);
        return until - now;
    }

    internal static string OutboxAnswer(Outbox outbox) =>
        outbox.Sends ? "Given to the outbox." : "No mail server is set up: it is kept in the outbox, where a platform admin can read it.";

    /// <summary>Null when it is over, else the time until the next attempt.</summary>
    private static TimeSpan? Settle(AlertDelivery delivery, SendAnswer answer, DateTimeOffset now)
    {
        delivery.IsTrying = false;
        delivery.Answer = AlertText.Clean(answer.Answer, AlertText.MaxSentence);
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
