using System.Diagnostics;
using System.Text.Json;

namespace Babyhelm.Bench;

/// <summary>How to reach the cluster of the child process; one line of JSON on its output when all its pods are ready.</summary>
internal sealed record SandboxAddress(string Server, string Token, string Authority, string KubeConfig);

/// <summary>The sandbox with its applications in a process of its own, so that its memory is not the reader's. Ends with it.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    public const string Command = "sandbox";

    private readonly Process _process;

    private SandboxProcess(Process process, SandboxAddress address) => (_process, Address) = (process, address);

    public SandboxAddress Address { get; }

    public static async Task<SandboxProcess> StartAsync(InformerOptions options, CancellationToken cancellation)
    {
        var host = Environment.ProcessPath ?? throw new BenchException("this process does not know its own program");
        var start = new ProcessStartInfo(host) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // Under `dotnet x.dll` the program is dotnet, and the first argument names the library.
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") start.ArgumentList.Add(typeof(SandboxProcess).Assembly.Location);
        start.ArgumentList.Add(Command);
        foreach (var argument in options.Arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new BenchException("the sandbox's process could not be started");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellation) ?? throw new BenchException("the sandbox ended before it was ready");
            return new SandboxProcess(process, JsonSerializer.Deserialize<SandboxAddress>(line)!);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Its input ends: that is its sign to stop.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        _process.Dispose();
    }
}
