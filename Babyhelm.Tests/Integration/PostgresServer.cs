using System.Diagnostics;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>
/// The PostgreSQL server of the tests: the one that test.sh started (<c>BABYHELM_TEST_POSTGRES</c>, a connection string
/// without a database), or else one of its own that ends with the test run.
/// </summary>
public static class PostgresServer
{
    private static readonly Lazy<string> Server = new(() => Environment.GetEnvironmentVariable("BABYHELM_TEST_POSTGRES") ?? StartOwn());

    // In seconds; a new database is a lot of writing.
    private const string Patience = ";Timeout=60;Command Timeout=180";

    /// <summary>Makes a database and answers its connection string.</summary>
    /// <param name="template">The database to copy, which nobody is connected to; null makes an empty one.</param>
    public static async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection($"{Server.Value};Database=postgres;Pooling=false{Patience}");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}{(template is null ? "" : $" TEMPLATE {template}")}", connection);
        await command.ExecuteNonQueryAsync();
        return $"{Server.Value};Database={name};Maximum Pool Size=30{Patience}";
    }

    private static string StartOwn()
    {
        var root = RepositoryRoot.Path;
        var folder = Directory.CreateTempSubdirectory("babyhelm-tests-");
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "-c",
                """
                set -euo pipefail
                . scripts/lib.sh
                chmod 755 "$1"
                need_postgres
                start_postgres "$1/postgres" 27432 -c fsync=off -c max_connections=300 >&2
                echo "${CONNECTION%;Database=*}"
                # Ends the server when the test run ends, however it ends.
                (while kill -0 "$2" 2>/dev/null; do sleep 1; done; stop_postgres; rm -rf "$1") >/dev/null 2>&1 </dev/null &
                """,
                "bash", folder.FullName, Environment.ProcessId.ToString(),
            },
        };
        using var process = Process.Start(start)!;
        var connection = process.StandardOutput.ReadLine();
        process.WaitForExit();
        return connection ?? throw new InvalidOperationException("PostgreSQL did not start; see the output above.");
    }
}

/// <summary>The folder of the solution, found upwards from the test's own.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Babyhelm.sln"))) return folder.FullName;
        throw new InvalidOperationException("Babyhelm.sln is in no folder above the tests.");
    }
}
