using System.Globalization;
using System.Runtime;

namespace Babyhelm.Bench;

/// <summary>Memory of this process in MiB, after everything that is garbage has been collected.</summary>
/// <param name="Managed">Live objects of the garbage collector.</param>
/// <param name="Committed">What the garbage collector holds of the system for them.</param>
/// <param name="WorkingSet">Resident memory as the kernel counts it.</param>
internal sealed record MemoryUse(double Managed, double Committed, double WorkingSet)
{
    private const double MiB = 1024 * 1024;

    public static MemoryUse Now()
    {
        for (var i = 0; i < 3; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return new MemoryUse(GC.GetTotalMemory(forceFullCollection: true) / MiB, GC.GetGCMemoryInfo(GCKind.FullBlocking).TotalCommittedBytes / MiB, Environment.WorkingSet / MiB);
    }

    public static MemoryUse operator -(MemoryUse a, MemoryUse b) =>
        new(a.Managed - b.Managed, a.Committed - b.Committed, a.WorkingSet - b.WorkingSet);
}

/// <summary>Times in milliseconds, sorted.</summary>
internal sealed class Times(IEnumerable<double> values)
{
    private readonly double[] _sorted = [.. values.Order()];

    public double Median => At(0.5);
    public double P95 => At(0.95);
    public double Max => _sorted[^1];
    public int Count => _sorted.Length;

    /// <summary>Nearest rank.</summary>
    private double At(double share) => _sorted[Math.Clamp((int)Math.Ceiling(share * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}

/// <summary>A plain table: the first column to the left, the others to the right.</summary>
internal static class Table
{
    public static void Print(params string[][] rows)
    {
        var widths = Enumerable.Range(0, rows.Max(r => r.Length)).Select(c => rows.Max(r => c < r.Length ? r[c].Length : 0)).ToArray();
        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        Console.WriteLine();
    }

    public static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
