using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Applications.Hooks;

/// <summary>A hook as members see it.</summary>
/// <param name="Start">The token's first characters.</param>
/// <param name="Deliveries">Newest first, at most <see cref="HookDelivery.MostKept"/>.</param>
public sealed record HookView(string Start, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, IReadOnlyList<HookDeliveryView> Deliveries);

/// <param name="Address">IP address of the caller; null where it is not known, and for who may not read the audit log.</param>
public sealed record HookDeliveryView(DateTimeOffset At, string? Address, string Asked, int? Release, string? Problem);

/// <param name="Token">The token itself; nobody sees it again.</param>
public sealed record HookToken(string Token);

/// <summary>Makes an application's hook, gives it a new token, takes it away and tells of its calls.</summary>
public sealed class DeployHooks(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time)
{
    internal const string Prefix = "bhh_";
    private const int StartLength = 9;

    private static readonly NotFound NoHook = new("The application has no deploy hook.");

    /// <summary><see cref="NotFound"/> as well where there is no hook.</summary>
    public async Task<Result<HookView>> GetAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        if (await db.Set<DeployHook>().AsNoTracking().FirstOrDefaultAsync(h => h.ApplicationId == found.Id, cancellation) is not { } hook) return NoHook;
        var seesAddresses = found.Project.WhyNot(ProjectAction.ViewAudit) is null;
        var deliveries = await db.Set<HookDelivery>().AsNoTracking().Where(d => d.HookId == hook.Id).OrderByDescending(d => d.At).ThenByDescending(d => d.Id)
            .Take(HookDelivery.MostKept).Select(d => new HookDeliveryView(d.At, seesAddresses ? d.Address : null, d.Asked, d.Release, d.Problem)).ToListAsync(cancellation);
        return new HookView(hook.Start, hook.CreatedBy, hook.CreatedAt, hook.LastUsedAt, deliveries);
    }

    /// <summary><see cref="Conflict"/> where there is one already.</summary>
    public Task<Result<HookToken>> CreateAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        WriteAsync<HookToken>(caller, project, app, "hook.create", async (db, id) =>
        {
            if (await db.Set<DeployHook>().AnyAsync(h => h.ApplicationId == id, cancellation)) return Taken;
            var token = TokenHash.NewToken(Prefix);
            db.Add(new DeployHook { ApplicationId = id, Hash = TokenHash.Of(token), Start = token[..StartLength], CreatedBy = caller.Email, CreatedAt = time.GetUtcNow() });
            return new HookToken(token);
        }, cancellation);

    /// <summary>A new token; the one before stops working at once. What was delivered stays in the list.</summary>
    public Task<Result<HookToken>> RotateAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        WriteAsync<HookToken>(caller, project, app, "hook.rotate", async (db, id) =>
        {
            if (await db.Set<DeployHook>().FirstOrDefaultAsync(h => h.ApplicationId == id, cancellation) is not { } hook) return NoHook;
            var token = TokenHash.NewToken(Prefix);
            (hook.Hash, hook.Start, hook.CreatedBy, hook.CreatedAt) = (TokenHash.Of(token), token[..StartLength], caller.Email, time.GetUtcNow());
            return new HookToken(token);
        }, cancellation);

    /// <summary>With the list of its calls.</summary>
    public Task<Result<Done>> DeleteAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        WriteAsync<Done>(caller, project, app, "hook.delete", async (db, id) =>
            await db.Set<DeployHook>().Where(h => h.ApplicationId == id).ExecuteDeleteAsync(cancellation) == 0 ? NoHook : Done.Result, cancellation);

    private static Conflict Taken => new("The application has a deploy hook already. Give it a new token, or delete it.", "hook-exists");

    private async Task<Result<T>> WriteAsync<T>(
        Caller caller, string projectName, string name, string audited, Func<BabyhelmDbContext, Guid, Task<Result<T>>> change, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, projectName, name, ProjectAction.ManageHooks, cancellation);
        if (access.Failed(out var error, out var app)) return error;
        if (app.Deleting || app.Project.State == ProjectState.Deleting) return new Conflict("The application is being deleted.", "application-deleting");
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var changed = await change(db, app.Id);
        if (changed.Error is not null) return changed;
        db.Add(AuditEntry.Of(caller, audited, $"project/{app.Project.Name}/app/{name}", time, app.Project.Id));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Taken; // made by somebody else meanwhile
        }
        catch (DbUpdateConcurrencyException)
        {
            return NoHook; // deleted meanwhile
        }
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        return changed;
    }
}
