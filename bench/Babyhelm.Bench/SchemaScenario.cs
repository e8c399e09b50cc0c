namespace Babyhelm.Bench;

/// <summary>How many requests one core validates in a second, and what that costs beside only reading them.</summary>
internal static class SchemaScenario
{
    private const double MostTimes = 3;
    private const double MostBytes = 64;

    public static int Run()
    {
        var cases = new SchemaBenchmarks();
        if (!cases.Judges) throw new BenchException("the bodies are not judged as they should be");
        var costs = MicroBenchmark.Run<SchemaBenchmarks>();
        var (valid, document) = (costs[nameof(SchemaBenchmarks.Valid)], costs[nameof(SchemaBenchmarks.Document)]);
        Table.Print([$"body of {cases.Bytes} bytes", "µs", "bytes", "bodies/s", "× document"],
            Row("validated, valid", valid), Row("validated, one fault", costs[nameof(SchemaBenchmarks.Invalid)]),
            Row("canonical form", costs[nameof(SchemaBenchmarks.Canonical)]),
            Row("peer: JsonDocument.Parse", document), Row("peer: deserialized into types", costs[nameof(SchemaBenchmarks.Types)]));
        var met = valid.Microseconds <= MostTimes * document.Microseconds && valid.KiB * 1024 < MostBytes;
        Console.WriteLine($"target: a valid body in at most {MostTimes:0} times of JsonDocument.Parse, nothing allocated that stays; {(met ? "met" : "missed")}");
        return met ? 0 : 1;

        string[] Row(string name, Cost cost) =>
            [name, Table.Number(cost.Microseconds), Table.Number(cost.KiB * 1024), Table.Number(1_000_000 / cost.Microseconds), Table.Number(cost.Microseconds / document.Microseconds)];
    }
}
