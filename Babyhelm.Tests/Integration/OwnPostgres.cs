using System.Diagnostics;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Integration;

/// <summary>A PostgreSQL server of one test's own, that can be stopped and started again on the same port.</summary>
public sealed class OwnPostgres : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly int _port = TestPorts.Take();

    private OwnPostgres(DirectoryInfo folder) => _folder = folder;

    public string Connection { get; private set; } = "";

    public static OwnPostgres Create()
    {
        var own = new OwnPostgres(Directory.CreateTempSubdirectory("babyhelm-postgres-"));
        own.Start();
        return own;
    }

    public void Start() => Connection = Run("""
        chmod 755 "$1"
        need_postgres
        start_postgres "$1/postgres" "$2" -c fsync=off >&2
        echo "$CONNECTION"
        """);

    /// <summary>As a crash: connections are cut, nothing is said.</summary>
    public void Stop() => Run("""
        need_postgres
        as_postgres "$PG_BIN/pg_ctl" -D "$1/postgres/cluster" -m immediate -w stop >&2
        """);

    public void Dispose()
    {
        try
        {
            Stop();
        }
        finally
        {
            Run("""as_postgres rm -rf "$1/postgres/cluster" """);
            _folder.Delete(recursive: true);
        }
    }

    private string Run(string script)
    {
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-c", $"set -euo pipefail\n. scripts/lib.sh\n{script}", "bash", _folder.FullName, $"{_port}" },
        };
        using var process = Process.Start(start)!;
        // pg_ctl's server must not keep a pipe of ours open: its output goes to its own log.
        var answer = process.StandardOutput.ReadLine() ?? "";
        process.WaitForExit();
        return process.ExitCode == 0 ? answer : throw new InvalidOperationException($"PostgreSQL: {process.ExitCode} {process.StandardError.ReadToEnd()}");
    }
}
