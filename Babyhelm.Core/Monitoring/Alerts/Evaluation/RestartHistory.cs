using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>Restarts of an application's containers: the cluster tells how many there were, this tells when.</summary>
public sealed class RestartHistory
{
    public required Guid ApplicationId { get; init; }

    /// <summary>Restarts by container, as <c>{uid of the pod}/{container}</c>, as they were last counted.</summary>
    public IReadOnlyDictionary<string, int> Counted { get; set; } = new Dictionary<string, int>();

    /// <summary>New ones by the time they were seen.</summary>
    public IReadOnlyList<SeenRestarts> Seen { get; set; } = [];

    internal int Since(DateTimeOffset from) => Seen.Where(s => s.At >= from).Sum(s => s.Count);

    /// <summary>Counts what is new; answers false where nothing is.</summary>
    /// <param name="isFirst">Nothing was counted before: what there is, is the beginning.</param>
    /// <param name="forget">What was seen before this is dropped.</param>
    internal bool Count(IEnumerable<Pod> pods, bool isFirst, DateTimeOffset now, DateTimeOffset forget)
    {
        var counts = (from pod in pods
                      from container in pod.Status.ContainerStatuses ?? []
                      where container.RestartCount > 0
                      select (Key: $"{pod.Metadata.Uid}/{container.Name}", container.RestartCount)).ToDictionary(c => c.Key, c => c.RestartCount);
        if (counts.Count == Counted.Count && counts.All(c => Counted.GetValueOrDefault(c.Key) == c.Value)) return false;
        var more = isFirst ? 0 : counts.Sum(c => Math.Max(0, c.Value - Counted.GetValueOrDefault(c.Key)));
        Counted = counts;
        Seen = [.. Seen.Where(s => s.At >= forget), .. more > 0 ? [new SeenRestarts(now, more)] : Array.Empty<SeenRestarts>()];
        return true;
    }

    internal sealed class Configuration : IEntityTypeConfiguration<RestartHistory>
    {
        public void Configure(EntityTypeBuilder<RestartHistory> builder)
        {
            builder.ToTable("alert_restarts");
            builder.HasKey(r => r.ApplicationId);
            builder.Property(r => r.Counted).HasJson();
            builder.Property(r => r.Seen).HasJson();
            builder.HasOne<Applications.Application>().WithMany().HasForeignKey(r => r.ApplicationId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

public sealed record SeenRestarts(DateTimeOffset At, int Count);
