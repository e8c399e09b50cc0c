using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects.Quotas;

/// <summary>Sets what projects may use; for platform admins. The namespaces follow in the background.</summary>
public sealed class QuotaCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, ApplyQuota apply, IWorkQueue work, TimeProvider time)
{
    internal const string Action = "quota.change";

    /// <summary>What projects may use that have no quota of their own; nothing in it is null.</summary>
    public async Task<Result<QuotaAmounts>> DefaultsAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "quota.read", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ReadDefaultsAsync(db, cancellation);
    }

    /// <summary>Changes the defaults; what is null stays.</summary>
    public async Task<Result<QuotaAmounts>> ChangeDefaultsAsync(Caller caller, QuotaAmounts given, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, Action, cancellation) is { } no) return no;
        if (given.Faults() is { Count: > 0 } faults) return new Invalid(faults);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var defaults = await db.Set<QuotaDefaults>().FromSql($"SELECT * FROM quota_defaults FOR UPDATE").SingleAsync(cancellation);
        var now = given.Over(defaults.Amounts);
        if (now != defaults.Amounts)
        {
            db.Add(AuditEntry.Of(caller, Action, RefusalLog.Platform, time) with { Changes = Changes(defaults.Amounts, now) });
            defaults.Amounts = now;
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            foreach (var item in await apply.DueAsync(cancellation)) await work.EnqueueAsync(item, cancellation);
        }
        return now;
    }

    /// <summary>Gives a project a quota of its own; what is null follows the defaults. Nothing that runs is ended.</summary>
    public async Task<Result<Done>> SetAsync(Caller caller, string projectName, QuotaAmounts given, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, Action, cancellation) is { } no) return no;
        if (given.Faults() is { Count: > 0 } faults) return new Invalid(faults);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var project = await db.Set<Project>().FromSql($"SELECT * FROM projects WHERE name = {projectName} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (project is null) return ProjectAccess.NoProject(projectName);
        var before = project.Quota ?? new QuotaAmounts();
        if (given == before) return Done.Result;
        project.Quota = given == new QuotaAmounts() ? null : given;
        db.Add(AuditEntry.Of(caller, Action, $"project/{project.Name}", time, project.Id) with { Changes = Changes(before, given) });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ApplyQuota.WorkKind, project.Id), cancellation);
        return Done.Result;
    }

    /// <summary>What holds for a project, with nothing null, and what of it is its own.</summary>
    internal static async Task<(QuotaAmounts Holds, QuotaAmounts Own)> OfProjectAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation)
    {
        var defaults = await ReadDefaultsAsync(db, cancellation);
        var own = await db.Set<Project>().AsNoTracking().Where(p => p.Id == projectId).Select(p => p.Quota).FirstOrDefaultAsync(cancellation) ?? new QuotaAmounts();
        return (own.Over(defaults), own);
    }

    internal static async Task<QuotaAmounts> ReadDefaultsAsync(BabyhelmDbContext db, CancellationToken cancellation) =>
        (await db.Set<QuotaDefaults>().AsNoTracking().SingleAsync(cancellation)).Amounts.Over(QuotaAmounts.BuiltIn);

    internal static IReadOnlyList<AuditChange> Changes(QuotaAmounts before, QuotaAmounts after) =>
        [.. Facts(before).Zip(Facts(after)).Where(p => p.First != p.Second).Select(p => new AuditChange(p.First.Name, p.First.Value, p.Second.Value))];

    private static IEnumerable<(string Name, string? Value)> Facts(QuotaAmounts amounts) =>
        [("cpu", amounts.Cpu), ("memory", amounts.Memory), ("storage", amounts.Storage), ("pods", amounts.Pods?.ToString()), ("applications", amounts.Applications?.ToString())];
}
