using System.Globalization;

namespace Babyhelm.Bench;

/// <param name="Apps">Applications on the cluster, 1 to 5000.</param>
/// <param name="Pods">Pods of each, 1 to 10.</param>
/// <param name="Changes">Changes that are measured, 1 to 100,000.</param>
/// <param name="Pause">Milliseconds between two changes, 0 to 10,000.</param>
internal sealed record InformerOptions(int Apps = 500, int Pods = 2, int Changes = 300, int Pause = 20)
{
    public IEnumerable<string> Arguments => [.. Pair("--apps", Apps), .. Pair("--pods", Pods), .. Pair("--changes", Changes), .. Pair("--pause", Pause)];

    public static InformerOptions Parse(string[] args)
    {
        var options = new InformerOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 >= args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new BenchException($"{args[i]} needs a number");
            options = args[i] switch
            {
                "--apps" => options with { Apps = Within(args[i], value, 1, 5000) },
                "--pods" => options with { Pods = Within(args[i], value, 1, 10) },
                "--changes" => options with { Changes = Within(args[i], value, 1, 100_000) },
                "--pause" => options with { Pause = Within(args[i], value, 0, 10_000) },
                var other => throw new BenchException($"unknown option {other}"),
            };
        }
        return options;
    }

    private static int Within(string name, int value, int least, int most) =>
        value >= least && value <= most ? value : throw new BenchException($"{name} takes {least} to {most}");

    private static string[] Pair(string name, int value) => [name, value.ToString(CultureInfo.InvariantCulture)];
}
