namespace Babyhelm.Bench;

/// <summary>How many sets of manifests one core renders in a second.</summary>
internal static class ManifestScenario
{
    private const double Target = 20_000;

    public static int Run()
    {
        var length = new ManifestBenchmarks().Render(); // fails here with a reason, if it does
        var costs = MicroBenchmark.Run<ManifestBenchmarks>();
        var (render, build) = (costs[nameof(ManifestBenchmarks.Render)], costs[nameof(ManifestBenchmarks.Build)]);
        Table.Print([$"five manifests, {length} characters", "µs", "KiB", "sets/s"], Row("templates alone", render), Row("built: rendered, read back, checked", build));
        Console.WriteLine($"target: {Target:0} sets/s of templates; {(PerSecond(render) >= Target ? "met" : "missed")}");
        return PerSecond(render) >= Target ? 0 : 1;
    }

    private static string[] Row(string name, Cost cost) => [name, Table.Number(cost.Microseconds), Table.Number(cost.KiB), Table.Number(PerSecond(cost))];

    private static double PerSecond(Cost cost) => 1_000_000 / cost.Microseconds;
}
