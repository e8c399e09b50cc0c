namespace Babyhelm.Core.Manifests;

/// <summary>Replicas, autoscaling and resources.</summary>
internal static class ScaleRules
{
    public const int MaxReplicas = 100;

    private static readonly Quantity MaxCpu = new(256, "256");
    private static readonly Quantity MinMemory = new(4L << 20, "4Mi");
    private static readonly Quantity MaxMemory = new(4L << 40, "4Ti");

    public static void CheckReplicas(AppSpec spec, FaultList faults)
    {
        if (spec.Replicas is < 0 or > MaxReplicas) faults.Add("replicas", $"Use 0 to {MaxReplicas} replicas.");
        if (spec.Autoscale is not { } scale) return;
        if (spec.Kind == AppKind.Cron) faults.Add("autoscale", "A cron application is not scaled.");
        if (scale.Min is < 1 or > MaxReplicas) faults.Add("autoscale.min", $"Use 1 to {MaxReplicas} replicas.");
        if (scale.Max is < 1 or > MaxReplicas) faults.Add("autoscale.max", $"Use 1 to {MaxReplicas} replicas.");
        else if (scale.Max < scale.Min) faults.Add("autoscale.max", "The most must not be below the least.");
        if (scale.Cpu is < 1 or > 100) faults.Add("autoscale.cpu", "Use 1 to 100 percent.");
        if (scale.Memory is < 1 or > 100) faults.Add("autoscale.memory", "Use 1 to 100 percent.");
        if (scale is { Cpu: null, Memory: null }) faults.Add("autoscale.cpu", "Scale on cpu, on memory or on both.");
    }

    public static void CheckResources(ResourcesSpec resources, FaultList faults)
    {
        var cpu = Cpu(resources.Cpu, "resources.cpu", faults);
        var memory = Memory(resources.Memory, "resources.memory", faults);
        var cpuLimit = Cpu(resources.CpuLimit, "resources.cpuLimit", faults);
        var memoryLimit = Memory(resources.MemoryLimit, "resources.memoryLimit", faults);
        if (cpu > cpuLimit) faults.Add("resources.cpu", $"The request of {resources.Cpu} is more than the limit of {resources.CpuLimit}.");
        if (memory > memoryLimit) faults.Add("resources.memory", $"The request of {resources.Memory} is more than the limit of {resources.MemoryLimit}.");
    }

    private static decimal? Cpu(string text, string field, FaultList faults)
    {
        if (faults.TakeValue(Quantity.Parse(text, field)) is not { } cpu) return null;
        if (cpu.Value == 0 || cpu.CompareTo(MaxCpu) > 0) faults.Add(field, $"Use 1m to {MaxCpu} cores; 1000m is one core.");
        else if (cpu.Value * 1000 % 1 != 0) faults.Add(field, "The finest step is 1m, a thousandth of a core.");
        return cpu.Value;
    }

    private static decimal? Memory(string text, string field, FaultList faults)
    {
        if (faults.TakeValue(Quantity.Parse(text, field)) is not { } memory) return null;
        if (memory.CompareTo(MinMemory) < 0 || memory.CompareTo(MaxMemory) > 0)
            faults.Add(field, $"Use {MinMemory} to {MaxMemory}; 256Mi is 256 mebibytes{(text.EndsWith('m') ? ", 'm' means thousandths" : "")}.");
        return memory.Value;
    }
}
