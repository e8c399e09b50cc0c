using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Babyhelm.Bench;

/// <summary>The engine beside Shopify's own, on the same machine with the same template and data. Their texts have to be the same.</summary>
internal static class LiquidScenario
{
    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var peer = await PeerAsync(stop);
        var benchmarks = new LiquidBenchmarks();
        if (benchmarks.Render().TrimEnd() != peer.Text.TrimEnd()) throw new BenchException("the two engines give different texts");
        var costs = MicroBenchmark.Run<LiquidBenchmarks>();
        var (parse, render) = (costs[nameof(LiquidBenchmarks.Parse)], costs[nameof(LiquidBenchmarks.Render)]);
        Table.Print(
            ["500 products", "µs", "KiB", "liquid-ruby µs", "ratio"],
            Row("parse", parse, peer.Parse),
            Row("render", render, peer.Render));
        return 0;
    }

    private static string[] Row(string name, Cost cost, double peer) =>
        [name, Table.Number(cost.Microseconds), Table.Number(cost.KiB), Table.Number(peer), Table.Number(peer / cost.Microseconds)];

    private static async Task<(double Parse, double Render, string Text)> PeerAsync(CancellationToken stop)
    {
        var data = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(data, LiquidBenchmarks.Data().ToJsonString(), stop);
            using var ruby = Start(data);
            var text = await ruby.StandardOutput.ReadToEndAsync(stop);
            await ruby.WaitForExitAsync(stop);
            if (ruby.ExitCode != 0) throw new BenchException("ruby failed; it takes the packages ruby and ruby-liquid");
            var lines = text.Split('\n', 3);
            return (double.Parse(lines[0], CultureInfo.InvariantCulture), double.Parse(lines[1], CultureInfo.InvariantCulture), lines[2]);
        }
        finally
        {
            File.Delete(data);
        }
    }

    private static Process Start(string data)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("ruby", [Path.Combine(AppContext.BaseDirectory, "liquid", "peer.rb"), LiquidBenchmarks.SourceFile, data]) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception)
        {
            throw new BenchException("there is no ruby here; it takes the packages ruby and ruby-liquid");
        }
    }
}
