using System.Globalization;
using System.Text.Json.Serialization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Projects.Quotas;

/// <summary>How much a project may use. Null where the platform's default holds.</summary>
/// <param name="Cpu">Reserved cores of all pods, 0.1 to 100,000, for example <c>8</c> or <c>500m</c>.</param>
/// <param name="Memory">Reserved memory of all pods, 64Mi to 1Pi.</param>
/// <param name="Storage">Of all volumes, 0 to 64Pi.</param>
/// <param name="Pods">At the same time, 1 to 100,000.</param>
/// <param name="Applications">1 to 10,000.</param>
public sealed record QuotaAmounts(string? Cpu = null, string? Memory = null, string? Storage = null, int? Pods = null, int? Applications = null)
{
    /// <summary>What the platform gives before an admin decides otherwise.</summary>
    public static readonly QuotaAmounts BuiltIn = new("8", "16Gi", "100Gi", 100, 50);

    // Limits are what containers may take beyond their share while nobody else needs it: as an application's defaults have it.
    private const int CpuOvercommit = 10;
    private const int MemoryOvercommit = 4;

    /// <summary>These where they say something, else the others.</summary>
    public QuotaAmounts Over(QuotaAmounts others) =>
        new(Cpu ?? others.Cpu, Memory ?? others.Memory, Storage ?? others.Storage, Pods ?? others.Pods, Applications ?? others.Applications);

    /// <summary>Empty for good ones.</summary>
    public IReadOnlyList<Fault> Faults()
    {
        var faults = new List<Fault>();
        Check(Cpu, "cpu", 0.1m, 100_000, "Use 100m to 100000 cores.", faults);
        Check(Memory, "memory", 64 << 20, 1L << 50, "Use 64Mi to 1Pi.", faults);
        Check(Storage, "storage", 0, 1L << 56, "Use 0 to 64Pi.", faults);
        if (Cpu is not null && Quantity.Parse(Cpu) is { Error: null, Value.Value: var cores } && cores * 1000 % 1 != 0) faults.Add(new Fault("cpu", "The finest step is 1m, a thousandth of a core."));
        if (Pods is < 1 or > 100_000) faults.Add(new Fault("pods", "Use 1 to 100000 pods."));
        if (Applications is < 1 or > 10_000) faults.Add(new Fault("applications", "Use 1 to 10000 applications."));
        return faults;
    }

    /// <summary>As the namespace gets it. Nothing in it is null.</summary>
    public ProjectQuota ToQuota()
    {
        var all = Over(BuiltIn);
        return new ProjectQuota
        {
            Cpu = all.Cpu!,
            Memory = all.Memory!,
            CpuLimit = QuotaText.Cpu(Quantity.Parse(all.Cpu).Value.Value * CpuOvercommit),
            MemoryLimit = QuotaText.Bytes(Quantity.Parse(all.Memory).Value.Value * MemoryOvercommit),
            Storage = all.Storage!,
            Pods = all.Pods!.Value,
            Applications = all.Applications!.Value,
        };
    }

    /// <summary>Tells one quota of a namespace from every other.</summary>
    [JsonIgnore]
    public string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"{Cpu}/{Memory}/{Storage}/{Pods}");

    private static void Check(string? text, string field, decimal least, decimal most, string rule, List<Fault> faults)
    {
        if (text is null) return;
        var parsed = Quantity.Parse(text, field);
        if (parsed.Error is Invalid bad) faults.AddRange(bad.Faults);
        else if (parsed.Value is var amount && (amount.Value < least || amount.Value > most)) faults.Add(new Fault(field, rule));
    }
}

/// <summary>What projects may use that have no quota of their own: one row.</summary>
public sealed class QuotaDefaults
{
    public const int OnlyId = 1;
    public int Id { get; init; } = OnlyId;
    public QuotaAmounts Amounts { get; set; } = QuotaAmounts.BuiltIn;

    internal sealed class Configuration : IEntityTypeConfiguration<QuotaDefaults>
    {
        public void Configure(EntityTypeBuilder<QuotaDefaults> builder)
        {
            builder.ToTable("quota_defaults", table => table.HasCheckConstraint("ck_quota_defaults_one_row", "id = 1"));
            builder.Property(d => d.Id).ValueGeneratedNever();
            builder.Property(d => d.Amounts).HasJson();
            builder.HasData(new QuotaDefaults());
        }
    }
}
