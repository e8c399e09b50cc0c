using System.Globalization;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>Limits and reservations, in Compose's old form and its new one.</summary>
internal static class ComposeResources
{
    public static ResourcesSpec Read(JsonObject settings, ComposeNotes notes)
    {
        var limits = ComposeConverter.At(settings, "deploy", "resources", "limits") as JsonObject;
        var reserved = ComposeConverter.At(settings, "deploy", "resources", "reservations") as JsonObject;
        var cpuLimit = Cpu(limits?["cpus"], "deploy.resources.limits.cpus") ?? Cpu(settings["cpus"], "cpus");
        var memoryLimit = Memory(limits?["memory"], "deploy.resources.limits.memory") ?? Memory(settings["mem_limit"], "mem_limit");
        var cpu = Cpu(reserved?["cpus"], "deploy.resources.reservations.cpus");
        var memory = Memory(reserved?["memory"], "deploy.resources.reservations.memory") ?? Memory(settings["mem_reservation"], "mem_reservation");
        foreach (var (name, part) in new[] { ("limits", limits), ("reservations", reserved) })
            foreach (var (key, _) in part ?? [])
                if (key is not ("cpus" or "memory")) notes.NotTaken($"deploy.resources.{name}.{key}", "Only processor and memory are taken.");

        var (standard, made) = (new ResourcesSpec(), new ResourcesSpec());
        // What is not said must fit to what is: a request never above its limit.
        made = made with
        {
            CpuLimit = cpuLimit is { } c ? Cores(c) : cpu > Value(standard.CpuLimit) ? Cores(cpu.Value) : standard.CpuLimit,
            MemoryLimit = memoryLimit is { } m ? Bytes(m) : memory > Value(standard.MemoryLimit) ? Bytes(memory.Value) : standard.MemoryLimit,
        };
        return made with
        {
            Cpu = cpu is { } c2 ? Cores(c2) : Value(standard.Cpu) > Value(made.CpuLimit) ? made.CpuLimit : standard.Cpu,
            Memory = memory is { } m2 ? Bytes(m2) : Value(standard.Memory) > Value(made.MemoryLimit) ? made.MemoryLimit : standard.Memory,
        };

        decimal? Cpu(JsonNode? node, string key)
        {
            if (node is null) return null;
            if (decimal.TryParse(ComposeConverter.Text(node), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cores) && cores is > 0 and <= 1024)
            {
                notes.Taken(key);
                return Math.Max(0.001m, Math.Round(cores, 3));
            }
            notes.NotTaken(key, "This is no number of processors.");
            return null;
        }

        decimal? Memory(JsonNode? node, string key)
        {
            if (node is null) return null;
            if (Size(ComposeConverter.Text(node)) is { } bytes)
            {
                notes.Taken(key);
                return bytes;
            }
            notes.NotTaken(key, "This is no amount of memory, such as 512m.");
            return null;
        }
    }

    /// <summary>Compose's units are binary: <c>b</c>, <c>k</c>, <c>m</c>, <c>g</c>, each also with a <c>b</c> after it.</summary>
    private static decimal? Size(string? text)
    {
        var unit = (text ?? "").TrimStart([.. "0123456789."]);
        if (!decimal.TryParse((text ?? "")[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number is <= 0 or > 1_000_000_000_000_000) return null;
        decimal? scale = unit.ToLowerInvariant() switch { "" or "b" => 1, "k" or "kb" or "kib" => 1L << 10, "m" or "mb" or "mib" => 1L << 20, "g" or "gb" or "gib" => 1L << 30, _ => null };
        return scale is { } s && number * s is >= 1 and <= 1_000_000_000_000_000 ? Math.Floor(number * s) : null;
    }

    private static decimal Value(string quantity) => Quantity.Parse(quantity).Value.Value;

    private static string Cores(decimal cores) => cores == Math.Floor(cores) ? cores.ToString("0", CultureInfo.InvariantCulture) : $"{(cores * 1000).ToString("0", CultureInfo.InvariantCulture)}m";

    private static string Bytes(decimal bytes)
    {
        foreach (var (unit, size) in new[] { ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10) })
            if (bytes % size == 0) return $"{(bytes / size).ToString("0", CultureInfo.InvariantCulture)}{unit}";
        return bytes.ToString("0", CultureInfo.InvariantCulture);
    }
}
