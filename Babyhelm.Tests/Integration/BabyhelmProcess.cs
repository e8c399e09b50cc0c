using System.Collections.Concurrent;
using System.Diagnostics;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Integration;

/// <summary>Babyhelm in a process of its own, as users run it; killable.</summary>
public sealed class BabyhelmProcess : RunningBabyhelm
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private BabyhelmProcess(Process process, ConcurrentQueue<string> output, int port, string connection)
        : base(port, connection)
    {
        _process = process;
        _output = output;
    }

    public int Id => _process.Id;
    public override string Output => string.Join('\n', _output);
    protected override string? Ended => _process.HasExited ? $"{_process.ExitCode}" : null;

    /// <param name="connection">Null makes a new database, migrated already.</param>
    /// <param name="port">Null takes a free one.</param>
    /// <param name="settings">Configuration as environment variables, for example <c>Sandbox__PullDelay</c>.</param>
    public static async Task<BabyhelmProcess> StartAsync(
        string? connection = null, int? port = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        connection ??= await MigratedDatabase.CopyAsync();
        while (true)
        {
            var app = Launch(connection, port ?? TestPorts.Take(), settings);
            try
            {
                await app.WaitReadyAsync();
                return app;
            }
            catch (Exception e) when (e is InvalidOperationException && port is null && app.Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
            {
                await app.DisposeAsync(); // another test run was faster
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts without waiting until it takes requests.</summary>
    public static BabyhelmProcess Launch(string connection, int port, IReadOnlyDictionary<string, string>? settings = null)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { Path.Combine(RepositoryRoot.Path, "Babyhelm.Web", "bin", configuration, "net10.0", "Babyhelm.Web.dll") },
        };
        start.Environment.Remove("KUBECONFIG");
        // Short lives: profiling code, and compiling it once more for speed, cost more than they bring.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        // Nearly all of a start is compiling, which this makes dearer.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{port}";
        foreach (var (key, value) in Settings(connection, port, settings)) start.Environment[key] = value;

        var output = new ConcurrentQueue<string>();
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => output.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => output.Enqueue(e.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new BabyhelmProcess(process, output, port, connection);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: asks it to end.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var cancel = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(cancel.Token);
        return _process.ExitCode;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
