using System.Net.Mail;
using System.Security.Cryptography;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>What a channel is to be; null keeps what is stored.</summary>
/// <param name="Target">Address of an e-mail channel; chat of a Telegram one.</param>
/// <param name="Url">Of webhooks, Slack and Discord; never answered.</param>
/// <param name="Key">Signs webhooks; token of a Telegram bot; never answered. A new webhook without one gets one.</param>
public sealed record ChannelGiven(string? Target = null, string? Url = null, string? Key = null, AlertSeverity? LeastSeverity = null, bool? Enabled = null);

/// <param name="Target">The address, the chat, or the host of the URL.</param>
/// <param name="Key">The key that was made for a new webhook, this once; null otherwise.</param>
public sealed record ChannelView(string Name, ChannelKind Kind, string Target, AlertSeverity LeastSeverity, bool Enabled, DateTimeOffset UpdatedAt, string? Key = null);

/// <param name="Answer">What the receiver said, or why there was no answer.</param>
public sealed record ChannelTest(bool Delivered, string Answer);

/// <summary>The channels of a project: made, changed, tested and removed. Every method checks the caller itself.</summary>
public sealed class AlertChannels
{
    private readonly IDbContextFactory<BabyhelmDbContext> _contexts;
    private readonly ChannelSecrets _secrets;
    private readonly ChannelSender _sender;
    private readonly Notifier _notifier;
    private readonly Outbox _outbox;
    private readonly TimeProvider _time;

    internal AlertChannels(IDbContextFactory<BabyhelmDbContext> contexts, ChannelSecrets secrets, ChannelSender sender, Notifier notifier, Outbox outbox, TimeProvider time) =>
        (_contexts, _secrets, _sender, _notifier, _outbox, _time) = (contexts, secrets, sender, notifier, outbox, time);

    public async Task<Result<IReadOnlyList<ChannelView>>> ListAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        return (await db.Set<AlertChannel>().AsNoTracking().Where(c => c.ProjectId == project.Id).OrderBy(c => c.Name).ToListAsync(cancellation)).ConvertAll(c => View(c));
    }

    /// <summary>Stores a new one. <see cref="Invalid"/> names each bad field, <see cref="Conflict"/> a name that is taken.</summary>
    public async Task<Result<ChannelView>> CreateAsync(Caller caller, string projectName, string? name, ChannelKind kind, ChannelGiven given, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageChannels, cancellation)).Failed(out var error, out var project)) return error;
        var faults = ChannelFaults.Of(kind, given, isNew: true);
        if (Slug.Problem(name) is { } problem) faults.Insert(0, new Fault("name", problem));
        if (faults.Count > 0) return new Invalid(faults);
        if (await db.Set<AlertChannel>().CountAsync(c => c.ProjectId == project.Id, cancellation) >= AlertChannel.MaxCount)
            return new Conflict($"A project has at most {AlertChannel.MaxCount} channels.", "too-many-channels");
        var made = kind == ChannelKind.Webhook && given.Key is null ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) : null;
        var secret = new ChannelSecret(given.Url?.Trim(), given.Key ?? made);
        var channel = new AlertChannel
        {
            ProjectId = project.Id,
            Name = name!,
            Kind = kind,
            Target = TargetOf(kind, given.Target, secret),
            Protected = _secrets.Protect(secret),
            LeastSeverity = given.LeastSeverity ?? AlertSeverity.Info,
            Enabled = given.Enabled ?? true,
            UpdatedAt = _time.GetUtcNow(),
        };
        db.Add(channel);
        db.Add(Entry(caller, "alert-channel.create", project, name!) with
        {
            Changes = [new AuditChange("kind", null, kind.ToString().ToLowerInvariant()), new AuditChange("target", null, channel.Target), new AuditChange("leastSeverity", null, channel.LeastSeverity.ToString().ToLowerInvariant())],
        });
        return (await AlertAccess.SaveAsync(db, project, $"The project already has a channel '{name}'. Choose another name.", cancellation)).Map(_ => View(channel) with { Key = made });
    }

    public async Task<Result<ChannelView>> ChangeAsync(Caller caller, string projectName, string name, ChannelGiven given, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        var (project, channel) = found;
        if (ChannelFaults.Of(channel.Kind, given, isNew: false) is { Count: > 0 } faults) return new Invalid(faults);
        if (_secrets.TryUnprotect(channel.Protected) is not { } secret) return new Invalid("url", "The channel can't be read any more: delete it and make it anew.");
        var changes = new List<AuditChange>();
        var target = TargetOf(channel.Kind, given.Target ?? channel.Target, secret with { Url = given.Url?.Trim() ?? secret.Url });
        if (target != channel.Target) changes.Add(new AuditChange("target", channel.Target, target));
        if (given.Url is not null) changes.Add(new AuditChange("url", "set", "changed"));
        if (given.Key is not null) changes.Add(new AuditChange("key", "set", "changed"));
        if (given.LeastSeverity is { } least && least != channel.LeastSeverity) changes.Add(new AuditChange("leastSeverity", channel.LeastSeverity.ToString().ToLowerInvariant(), least.ToString().ToLowerInvariant()));
        if (given.Enabled is { } enabled && enabled != channel.Enabled) changes.Add(new AuditChange("enabled", channel.Enabled ? "true" : "false", enabled ? "true" : "false"));
        if (changes.Count == 0) return View(channel);
        channel.Target = target;
        channel.Protected = _secrets.Protect(new ChannelSecret(given.Url?.Trim() ?? secret.Url, given.Key ?? secret.Key));
        (channel.LeastSeverity, channel.Enabled, channel.UpdatedAt) = (given.LeastSeverity ?? channel.LeastSeverity, given.Enabled ?? channel.Enabled, _time.GetUtcNow());
        db.Add(Entry(caller, "alert-channel.change", project, name) with { Changes = changes });
        return (await AlertAccess.SaveAsync(db, project, "", cancellation)).Map(_ => View(channel));
    }

    /// <summary>Removes it with its deliveries, those that wait too.</summary>
    public async Task<Result<Done>> DeleteAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        db.Remove(found.Channel);
        db.Add(Entry(caller, "alert-channel.delete", found.Project, name) with { Changes = [new AuditChange("target", found.Channel.Target, null)] });
        return await AlertAccess.SaveAsync(db, found.Project, "", cancellation);
    }

    /// <summary>Sends a test message now, once, and answers what the receiver said. It is in the log of deliveries. <see cref="TooMany"/> shortly after another.</summary>
    public async Task<Result<ChannelTest>> TestAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        var (project, channel) = found;
        var now = _time.GetUtcNow();
        if ((await SendsByHand.ClaimAsync(db, Entry(caller, SendsByHand.Test, project, name), now, cancellation)).Failed(out error, out _)) return error;
        var delivery = new AlertDelivery
        {
            ProjectId = project.Id,
            ChannelId = channel.Id,
            Message = new AlertMessage(MessageKind.Test, project.Name, null, _notifier.Page(project.Name, null), now, [], []),
            CreatedAt = now,
            NextTryAt = now,
            Attempts = 1,
        };
        OutgoingMail? mail = null;
        SendAnswer answer;
        if (channel.Kind == ChannelKind.Email)
        {
            if (await _outbox.IsFreshAsync(db, channel.Target, delivery.Message.Subject, cancellation))
                return new TooMany("A test message was sent there just now. Try again in 2 minutes.", TimeSpan.FromMinutes(2));
            mail = _outbox.Add(db, channel.Target, delivery.Message.Subject, MessageText.Of(delivery.Message, text => text, link: url => url));
            answer = new SendAnswer(true, DeliverAlerts.OutboxAnswer(_outbox));
        }
        else answer = await _sender.SendAsync(channel, delivery.Message, delivery.Id, cancellation);
        (delivery.Outcome, delivery.Answer, delivery.FinishedAt) = (answer.Delivered ? DeliveryOutcome.Delivered : DeliveryOutcome.Failed, answer.Answer, _time.GetUtcNow());
        db.Add(delivery);
        if ((await AlertAccess.SaveAsync(db, project, "", cancellation)).Failed(out error, out _)) return error;
        if (mail is not null) await _outbox.HandOverAsync(mail, cancellation);
        return new ChannelTest(answer.Delivered, answer.Answer);
    }

    private static async Task<Result<(ProjectView Project, AlertChannel Channel)>> FindAsync(BabyhelmDbContext db, Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageChannels, cancellation)).Failed(out var error, out var project)) return error;
        var channel = await db.Set<AlertChannel>().FirstOrDefaultAsync(c => c.ProjectId == project.Id && c.Name == name, cancellation);
        return channel is null ? new NotFound($"The project has no channel '{AlertAccess.Clip(name)}'.") : (project, channel);
    }

    private static string TargetOf(ChannelKind kind, string? target, ChannelSecret secret) =>
        kind is ChannelKind.Email or ChannelKind.Telegram ? target!.Trim() : new Uri(secret.Url!).Authority;

    private AuditEntry Entry(Caller caller, string action, ProjectView project, string name) => AlertAccess.Entry(caller, action, project, $"alert-channel/{name}", _time);

    private static ChannelView View(AlertChannel c) => new(c.Name, c.Kind, c.Target, c.LeastSeverity, c.Enabled, c.UpdatedAt);
}

/// <summary>What can't be about a channel.</summary>
internal static class ChannelFaults
{
    private const int MaxUrl = 2000;
    private const int MaxKey = 200;

    public static List<Fault> Of(ChannelKind kind, ChannelGiven given, bool isNew)
    {
        var faults = new List<Fault>();
        var byTarget = kind is ChannelKind.Email or ChannelKind.Telegram;
        if (!byTarget && given.Target is not null) faults.Add(new Fault("target", "This kind of channel goes by its url."));
        else if (byTarget && (given.Target is not null || isNew))
        {
            var target = given.Target?.Trim() ?? "";
            if (kind == ChannelKind.Email && (target.Length > 256 || !MailAddress.TryCreate(target, out var mail) || mail.Address != target)) faults.Add(new Fault("target", "Give an e-mail address."));
            if (kind == ChannelKind.Telegram && (target.Length is 0 or > 64 || !target.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '@' or '_')))
                faults.Add(new Fault("target", "Give the chat: a number like -1001234567890, or a channel like @name."));
        }
        if (byTarget && given.Url is not null) faults.Add(new Fault("url", "This kind of channel has no address of its own."));
        else if (!byTarget && (given.Url is not null || isNew) && !IsUrl(given.Url)) faults.Add(new Fault("url", $"Give an address that begins with https:// or http://, of at most {MaxUrl} characters, without a user."));
        if (given.Key is not null && kind is not (ChannelKind.Webhook or ChannelKind.Telegram)) faults.Add(new Fault("key", "This kind of channel has no key."));
        else if (kind == ChannelKind.Telegram && (given.Key is not null || isNew) && !IsToken(given.Key)) faults.Add(new Fault("key", "Give the bot's token, like 123456:ABC-DEF."));
        else if (kind == ChannelKind.Webhook && given.Key is { } key && (key.Length is < 16 or > MaxKey || key.Any(c => c is < ' ' or > '~'))) faults.Add(new Fault("key", $"Give a key of 16 to {MaxKey} plain characters, or none to have one made."));
        return faults;
    }

    private static bool IsUrl(string? text) => text is { Length: <= MaxUrl } && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", UserInfo: "" } && url.Authority.Length <= 256;

    private static bool IsToken(string? text) => text is { Length: > 0 and <= MaxKey } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_');
}
