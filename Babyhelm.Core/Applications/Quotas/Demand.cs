using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications.Quotas;

/// <summary>What a quota counts.</summary>
public enum QuotaPart { Cpu, Memory, Storage, Pods, Volumes, CpuLimit, MemoryLimit }

/// <summary>An amount of everything that a quota counts, in cores, bytes and pieces. Immutable.</summary>
internal sealed class Demand
{
    private static readonly int Parts = Enum.GetValues<QuotaPart>().Length;
    public static readonly Demand None = new(new decimal[Parts]);

    private readonly decimal[] _amounts;

    private Demand(decimal[] amounts) => _amounts = amounts;

    public decimal this[QuotaPart part] => _amounts[(int)part];

    /// <summary>Of one pod, without volumes.</summary>
    public static Demand OfPod(ResourcesSpec resources) => None.With(QuotaPart.Pods, 1)
        .With(QuotaPart.Cpu, Amount(resources.Cpu)).With(QuotaPart.Memory, Amount(resources.Memory))
        .With(QuotaPart.CpuLimit, Amount(resources.CpuLimit)).With(QuotaPart.MemoryLimit, Amount(resources.MemoryLimit));

    public static Demand OfVolumes(IReadOnlyList<VolumeSpec> volumes) =>
        None.With(QuotaPart.Storage, volumes.Sum(v => Amount(v.Size))).With(QuotaPart.Volumes, volumes.Count);

    /// <summary>All that a project may use.</summary>
    public static Demand Of(ProjectQuota quota) => None.With(QuotaPart.Cpu, Amount(quota.Cpu)).With(QuotaPart.Memory, Amount(quota.Memory))
        .With(QuotaPart.CpuLimit, Amount(quota.CpuLimit)).With(QuotaPart.MemoryLimit, Amount(quota.MemoryLimit))
        .With(QuotaPart.Storage, Amount(quota.Storage)).With(QuotaPart.Pods, quota.Pods).With(QuotaPart.Volumes, quota.VolumeClaims);

    public Demand With(QuotaPart part, decimal amount)
    {
        var amounts = (decimal[])_amounts.Clone();
        amounts[(int)part] = amount;
        return new Demand(amounts);
    }

    public static Demand operator +(Demand a, Demand b) => new([.. a._amounts.Zip(b._amounts, (x, y) => x + y)]);

    public static Demand operator *(Demand a, int count) => new([.. a._amounts.Select(x => x * count)]);

    public static Demand Max(Demand a, Demand b) => new([.. a._amounts.Zip(b._amounts, Math.Max)]);

    internal static decimal Amount(string? quantity) => Quantity.Parse(quantity) is { Error: null } parsed ? parsed.Value.Value : 0;
}
