using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>One run of a credential plugin, bounded in time and output.</summary>
internal static class PluginProcess
{
    internal static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);
    private const int MaxOutput = 1024 * 1024;
    private const int MaxComplaint = 300;

    /// <summary>What the plugin printed.</summary>
    internal static async Task<Result<byte[]>> RunAsync(ExecSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        if (Locate(settings.Command) is not { } file)
            return Fault(settings, $"is not installed. {settings.InstallHint?.Trim() ?? "Install it or put it on the PATH."}");

        using var process = new Process { StartInfo = StartInfo(settings, file) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return Fault(settings, $"does not start: {e.Message}");
        }

        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            process.StandardInput.Close();
            var complaint = ReadAsync(process.StandardError.BaseStream, MaxOutput, either.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, MaxOutput, either.Token);
            await process.WaitForExitAsync(either.Token);
            if (process.ExitCode != 0) return Fault(settings, $"ended with exit code {process.ExitCode}: {LastLine(await complaint)}");
            return output is null ? Fault(settings, $"printed more than {MaxOutput} bytes") : output;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Fault(settings, $"did not end within {TimeLimit.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static ProcessStartInfo StartInfo(ExecSettings settings, string file)
    {
        var start = new ProcessStartInfo(file, settings.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings.Environment) start.Environment[name] = value;
        var spec = new JsonObject { ["interactive"] = false };
        if (settings.Cluster is not null) spec["cluster"] = settings.Cluster.DeepClone();
        start.Environment["KUBERNETES_EXEC_INFO"] =
            new JsonObject { ["apiVersion"] = settings.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
        return start;
    }

    /// <summary>Looked up on the PATH only: the runtime's own search would begin in the working folder.</summary>
    private static string? Locate(string command)
    {
        if (command.Contains('/') || Path.IsPathRooted(command)) return File.Exists(command) ? command : null;
        string[] names = OperatingSystem.IsWindows() ? [command, command + ".exe"] : [command];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>All of it, or null where it is more than <paramref name="most"/>; reads to the end in any case, so that the writer never blocks.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        using var kept = new MemoryStream();
        var (buffer, tooMuch) = (new byte[8192], false);
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (kept.Length + read <= most) kept.Write(buffer, 0, read);
            else tooMuch = true;
        }
        return tooMuch ? null : kept.ToArray();
    }

    private static string LastLine(byte[]? complaint)
    {
        var line = Encoding.UTF8.GetString(complaint ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        if (line is null) return "it says nothing of why";
        line = string.Concat(line.Where(c => !char.IsControl(c)));
        return line.Length <= MaxComplaint ? line.TrimEnd('.') : line[..MaxComplaint] + "…";
    }

    private static Unavailable Fault(ExecSettings settings, string what) =>
        new($"{settings.Where}: the credential plugin '{settings.Command}' {what.TrimEnd('.')}.", "cluster-credentials") { ForEverybody = ClusterConfigInvalid.Unreachable };
}
