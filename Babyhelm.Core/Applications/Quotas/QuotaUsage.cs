using System.Text.Json.Serialization;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Projects.Quotas;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Quotas;

/// <summary>One thing that a quota counts; Kubernetes quantities.</summary>
/// <param name="Limit">How much the project may use.</param>
/// <param name="Reserved">How much its applications have taken or will take by themselves.</param>
/// <param name="Used">How much is there now, by the cluster's count; null where that is not known.</param>
public sealed record QuotaLine(string Limit, string Reserved, string? Used)
{
    /// <summary>Of the whole, 0 and up.</summary>
    [JsonIgnore]
    public double UsedShare => Share(Used ?? Reserved);

    [JsonIgnore]
    public double ReservedShare => Share(Reserved);

    private double Share(string part) => Demand.Amount(Limit) is > 0 and var whole ? (double)(Demand.Amount(part) / whole) : Demand.Amount(part) > 0 ? 1 : 0;
}

/// <summary>A project's quota and what of it is taken.</summary>
/// <param name="Own">What was set for this project; null in it follows the platform's defaults.</param>
public sealed record QuotaView(QuotaLine Cpu, QuotaLine Memory, QuotaLine Storage, QuotaLine Pods, QuotaLine Applications, QuotaAmounts Own);

/// <summary>Reads what a project uses: from the database and from what this process knows of the cluster.</summary>
public sealed class QuotaUsage(IDbContextFactory<BabyhelmDbContext> contexts, ClusterMonitor monitor, ClusterCache cache)
{
    public async Task<Result<QuotaView>> ReadAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        var (amounts, own) = await QuotaCommands.OfProjectAsync(db, project.Id, cancellation);
        var all = await QuotaLedger.ReadAsync(db, project.Id, !monitor.Lacks(ResourceType.HorizontalPodAutoscalers), cancellation);
        var reserved = all.Aggregate(Demand.None, (sum, r) => sum + r.Reserved);
        var hard = Demand.Of(amounts.ToQuota());
        var used = cache.Quota(project.Namespace)?.Status.Used;
        return new QuotaView(Line(QuotaPart.Cpu), Line(QuotaPart.Memory), Line(QuotaPart.Storage), Line(QuotaPart.Pods),
            new QuotaLine($"{amounts.Applications}", $"{all.Count}", $"{all.Count}"), own);

        QuotaLine Line(QuotaPart part)
        {
            var (_, name, text) = QuotaGuard.Parts[part];
            return new QuotaLine(text(hard[part]), text(reserved[part]), used?.GetValueOrDefault(name) is { } now ? text(Demand.Amount(now)) : null);
        }
    }
}
