using System.Diagnostics;

namespace Babyhelm.Tests.Monitoring.Metrics;

/// <summary>Prometheus's own judgement of texts and files.</summary>
internal static class Promtool
{
    /// <summary>Faults that it finds in an exposition; empty for none. Matters of taste (lint) are left out.</summary>
    public static async Task<string> CheckMetricsAsync(string text)
    {
        var (code, output) = await RunAsync(["check", "metrics"], text);
        // 3: it reads well, and something could be named better.
        return code is 0 or 3 ? "" : output;
    }

    public static async Task<string> CheckAsync(string what, string file)
    {
        var (code, output) = await RunAsync(["check", what, file], "");
        return code == 0 ? "" : output;
    }

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments, string input)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
