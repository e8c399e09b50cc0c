using Babyhelm.Core.Audit;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>Notes each sign-in of an account that exists, and each that was refused, in the audit log.</summary>
public sealed class SignInLog(IDbContextFactory<BabyhelmDbContext> contexts, SignInAttempts attempts, TimeProvider time)
{
    /// <param name="how">With what, or why it was refused.</param>
    /// <param name="address">Where the request came from.</param>
    public async Task NoteAsync(AppUser user, AuditOutcome outcome, string how, string? address)
    {
        if (outcome == AuditOutcome.Done) await attempts.SucceededAsync(user, signedIn: true);
        // On a connection of its own, and whoever went away: a refused try must not be forgotten.
        await using var db = await contexts.CreateDbContextAsync();
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.sign-in", $"user/{user.Email}", time, detail: how) with { Outcome = outcome });
        await db.SaveChangesAsync();
    }
}
