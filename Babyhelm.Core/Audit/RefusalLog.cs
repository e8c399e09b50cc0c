using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Audit;

/// <summary>
/// Writes down what somebody was refused for lack of a right: once a minute for each user, action and subject in each
/// process, so that a loop can't fill the log. On a connection of its own: what is refused rolls its transaction back.
/// </summary>
public sealed class RefusalLog(IDbContextFactory<BabyhelmDbContext> contexts, SessionStore sessions, TimeProvider time)
{
    /// <summary>Subject of what concerns the whole installation.</summary>
    public const string Platform = "platform";

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    // So many different ones in a minute are no mistake but an attack; the first ones tell of it.
    private const int MaxKept = 10_000;

    private static readonly Forbidden SignInAgain = new("Your session has ended, or something has to be done first. Sign in again.");
    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid User, string Action, string Subject), DateTimeOffset> _noted = [];

    /// <summary>Notes that something was read that is for few eyes, as rarely as a refusal.</summary>
    internal Task NoteReadAsync(Caller caller, string action, string subject) => WriteAsync(AuditEntry.Of(caller, action, subject, time));

    /// <summary>A page that is not for this user.</summary>
    /// <param name="page">The route of the page, not the address that was typed.</param>
    public Task NotePageAsync(string page, Caller caller) =>
        NoteAsync(caller, "page.open", $"page/{page}", null, new Forbidden("Only a platform admin can see or do this."));

    /// <param name="subject">Something that is there: what a caller can make up would be another one each time.</param>
    internal Task NoteAsync(Caller caller, string action, string subject, Guid? projectId, Forbidden refused) =>
        WriteAsync(AuditEntry.Of(caller, action, subject, time, projectId, refused.Message) with { Outcome = AuditOutcome.Refused });

    /// <summary>
    /// Why the caller may not do what is for platform admins, which is noted then; null for one of them. An open page knows its
    /// user's role of up to a minute ago: here the session is asked for, as it stands now.
    /// </summary>
    internal async Task<Forbidden?> WhyNotAdminAsync(Caller caller, string action, CancellationToken cancellation) =>
        await NotedAsync(caller, action, caller.WhyNotAdmin ?? await WhyNoLongerAsync(caller, cancellation));

    /// <summary>The same, and also why a token is not enough.</summary>
    internal async Task<Forbidden?> WhyNotAdminInPersonAsync(Caller caller, string action, CancellationToken cancellation) =>
        await NotedAsync(caller, action, caller.WhyNotAdmin ?? caller.WhyNotInPerson ?? await WhyNoLongerAsync(caller, cancellation));

    private async Task<Forbidden?> NotedAsync(Caller caller, string action, Forbidden? no)
    {
        if (no is not null) await NoteAsync(caller, action, Platform, null, no);
        return no;
    }

    /// <summary>A token is looked up with each request that brings it; what stays open asks again by itself.</summary>
    private async Task<Forbidden?> WhyNoLongerAsync(Caller caller, CancellationToken cancellation) =>
        caller.TokenId is not null ? null :
        caller.SessionId is not { } session || await sessions.FindAsync(session, caller.UserId, cancellation) is not { Due: DueStep.None } standing
            ? SignInAgain
            : (caller with { IsAdmin = standing.Role == PlatformRole.Admin }).WhyNotAdmin;

    /// <summary>Not to be cancelled: whoever hangs up is on record all the same.</summary>
    private async Task WriteAsync(AuditEntry entry)
    {
        var what = (entry.UserId!.Value, entry.Action, entry.Subject);
        if (!IsNew(what)) return;
        try
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            db.Add(entry);
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch
        {
            lock (_gate) _noted.Remove(what); // the next one is written again
            throw;
        }
    }

    private bool IsNew((Guid, string, string) what)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_noted.TryGetValue(what, out var at) && now - at < Quiet) return false;
            if (_noted.Count >= MaxKept)
                foreach (var old in _noted.Where(n => now - n.Value >= Quiet).Select(n => n.Key).ToList()) _noted.Remove(old);
            if (_noted.Count >= MaxKept) return false;
            _noted[what] = now;
            return true;
        }
    }
}
