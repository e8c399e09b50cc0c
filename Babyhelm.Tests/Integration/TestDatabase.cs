using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>Looks into a web process' database.</summary>
internal static class TestDatabase
{
    public static async Task<T?> ScalarAsync<T>(string connection, string sql)
    {
        await using var open = new NpgsqlConnection($"{connection};Pooling=false");
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>Jobs, triggers and runs that the scheduler holds, but for the look at alert rules, which never ends.</summary>
    public static Task<long> JobsAsync(string connection) => ScalarAsync<long>(connection, $"""
        SELECT (SELECT count(*) FROM qrtz_job_details WHERE job_group <> '{EvaluateAlerts.WorkKind}')
             + (SELECT count(*) FROM qrtz_triggers WHERE job_group <> '{EvaluateAlerts.WorkKind}')
             + (SELECT count(*) FROM qrtz_fired_triggers WHERE job_group IS DISTINCT FROM '{EvaluateAlerts.WorkKind}')
        """);
}
