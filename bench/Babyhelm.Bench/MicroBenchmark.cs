using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Babyhelm.Bench;

/// <param name="Microseconds">Median of one call.</param>
/// <param name="KiB">Allocated by one call.</param>
internal sealed record Cost(double Microseconds, double KiB);

/// <summary>Measures short calls on one thread with BenchmarkDotNet, in this process.</summary>
internal static class MicroBenchmark
{
    /// <summary>What each benchmark of the class costs, by its name.</summary>
    public static IReadOnlyDictionary<string, Cost> Run<T>()
    {
        var config = ManualConfig.CreateEmpty().AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)).AddDiagnoser(MemoryDiagnoser.Default).AddLogger(NullLogger.Instance);
        var summary = BenchmarkRunner.Run<T>(config);
        if (summary.HasCriticalValidationErrors) throw new BenchException(string.Join('\n', summary.ValidationErrors.Select(e => e.Message)));
        return summary.Reports.ToDictionary(r => r.BenchmarkCase.Descriptor.WorkloadMethod.Name, r => r.ResultStatistics is { } times
            ? new Cost(times.Median / 1000, (r.GcStats.GetBytesAllocatedPerOperation(r.BenchmarkCase) ?? 0) / 1024.0)
            : throw new BenchException($"{r.BenchmarkCase.Descriptor.WorkloadMethod.Name} gave no result"));
    }
}
