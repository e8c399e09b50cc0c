using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Hooks;

/// <summary>Deploys what a hook was called with. The token is the right to it; whoever made it need not be a member any more.</summary>
public sealed class ReceiveHook
{
    /// <summary>Name of the actor in release lists and the audit log.</summary>
    public const string Actor = "Deploy hook";

    /// <summary>Calls of one hook in <see cref="Window"/>, over all processes.</summary>
    internal const int MostCalls = 20;

    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private static readonly NotFound Unknown = new("There is no such hook.");

    private readonly IDbContextFactory<BabyhelmDbContext> _contexts;
    private readonly ReleaseWriter _writer;
    private readonly SecretValues _secrets;
    private readonly TimeProvider _time;

    internal ReceiveHook(IDbContextFactory<BabyhelmDbContext> contexts, ReleaseWriter writer, SecretValues secrets, TimeProvider time) =>
        (_contexts, _writer, _secrets, _time) = (contexts, writer, secrets, time);

    /// <summary>
    /// One answer for every token that is not good: <see cref="NotFound"/>, after one hash and one look into an index, whatever it
    /// looks like. Else <see cref="TooMany"/>, or what a deploy answers; both a release and a refusal stand in the list of calls.
    /// </summary>
    /// <param name="body">Read by <see cref="HookRequest.Read"/>.</param>
    /// <param name="address">IP address of the caller.</param>
    public async Task<Result<Deployed>> ExecuteAsync(string token, string body, string? address, CancellationToken cancellation)
    {
        var hash = TokenHash.Of(token);
        if ((await TakeAsync(hash, cancellation)).Failed(out var error, out var hook)) return error;
        var read = HookRequest.Read(body);
        var deployed = read.Failed(out error, out var request) ? error : await DeployAsync(hook, hash, request, address, cancellation);
        await NoteAsync(hook, read.Error is null ? read.Value.Describe() : "something else", deployed, address);
        return deployed;
    }

    private sealed record Called(Guid Id, Guid ApplicationId, string App, Guid ProjectId);

    /// <summary>Counts the call: calls of one hook are told apart by its row's lock, so that no two take the last place.</summary>
    private async Task<Result<Called>> TakeAsync(byte[] hash, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var hook = await db.Set<DeployHook>().FromSql($"SELECT * FROM deploy_hooks WHERE hash = {hash} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (hook is null) return Unknown;
        var now = _time.GetUtcNow();
        if (!hook.Take(now, Window, MostCalls)) return new TooMany($"This hook was called {MostCalls} times within a minute. Wait a minute, then call it again.", hook.WindowStart!.Value + Window - now);
        hook.LastUsedAt = now;
        await db.SaveChangesAsync(cancellation);
        var app = await db.Set<Application>().Where(a => a.Id == hook.ApplicationId).Select(a => new { a.Name, a.ProjectId }).FirstAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return new Called(hook.Id, hook.ApplicationId, app.Name, app.ProjectId);
    }

    private Task<Result<Deployed>> DeployAsync(Called hook, byte[] hash, HookRequest request, string? address, CancellationToken cancellation) =>
        _writer.AddAsync(new ReleaseMaker(null, Actor, address, (db, _, c) => ProjectAsync(db, hook, c)), hook.App, AppAction.Deploy, "application.deploy", null, async ground =>
        {
            // Another application may have got its name since, and the token may be no good any more; from here on it is until the end.
            if (ground.App.Id != hook.ApplicationId
                || !await ground.Db.Set<DeployHook>().FromSql($"SELECT * FROM deploy_hooks WHERE id = {hook.Id} AND hash = {hash} FOR SHARE").AsNoTracking().AnyAsync(cancellation)) return Unknown;
            return request.Resolve(ground.App.Spec.Image).Map(image => new ReleasePlan(
                ground.App.Spec with { Image = image }, _secrets.Unprotect(ground.Latest.ProtectedSecrets), null, Actor)
            {
                Message = $"Deploy hook: {request.Describe()}",
                Stopped = ground.Standing.Stopped,
                PullsAlways = true,
            });
        }, cancellation);

    /// <summary>The project as an editor sees it.</summary>
    private static async Task<Result<ProjectView>> ProjectAsync(BabyhelmDbContext db, Called hook, CancellationToken cancellation) =>
        await db.Set<Project>().AsNoTracking().Where(p => p.Id == hook.ProjectId)
            .Select(p => new ProjectView(p.Id, p.Name, p.Namespace, p.State, p.Problem, p.CreatedAt, ProjectRole.Editor)).FirstOrDefaultAsync(cancellation) is { } project
            ? project : Unknown;

    /// <summary>Not to be cancelled: a release that was made is in the list though the caller hung up.</summary>
    private async Task NoteAsync(Called hook, string asked, Result<Deployed> deployed, string? address)
    {
        await using var db = await _contexts.CreateDbContextAsync(CancellationToken.None);
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        // Held, so that the hook is not deleted in between.
        if (await db.Set<DeployHook>().FromSql($"SELECT * FROM deploy_hooks WHERE id = {hook.Id} FOR UPDATE").AsNoTracking().FirstOrDefaultAsync(CancellationToken.None) is null) return;
        db.Add(new HookDelivery
        {
            HookId = hook.Id,
            At = _time.GetUtcNow(),
            Address = address,
            Asked = asked,
            Release = deployed.Error is null ? deployed.Value.Release : null,
            Problem = deployed.Error is { } error ? HookRequest.Cut(error.Public, HookDelivery.MaxText - 1) : null,
        });
        await db.SaveChangesAsync(CancellationToken.None);
        var all = db.Set<HookDelivery>().Where(d => d.HookId == hook.Id);
        var kept = all.OrderByDescending(d => d.At).ThenByDescending(d => d.Id).Take(HookDelivery.MostKept).Select(d => d.Id);
        await all.Where(d => !kept.Contains(d.Id)).ExecuteDeleteAsync(CancellationToken.None);
        await Change.SendAsync(db, ChangeOf.Application, hook.ApplicationId, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
