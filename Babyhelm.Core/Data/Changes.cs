using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Babyhelm.Core.Data;

/// <summary>What kind of row changed; <see cref="Unknown"/> after a gap in listening: look at everything. Of alerts, the id is that of their project.</summary>
public enum ChangeOf { Unknown, Project, Application, Template, Alert }

/// <summary>A change that some process committed.</summary>
public readonly record struct Change(ChangeOf Of, Guid Id)
{
    internal const string Channel = "babyhelm_changes";

    /// <summary>Announces the change to every process. In a transaction it goes out with the commit, or not at all.</summary>
    public static Task SendAsync(BabyhelmDbContext db, ChangeOf of, Guid id, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_notify({Channel}, {$"{of}:{id}"})", cancellation);

    internal static Change? Parse(string payload) =>
        payload.Split(':') is [var of, var id] && Enum.TryParse<ChangeOf>(of, out var kind) && Guid.TryParse(id, out var guid)
            ? new Change(kind, guid)
            : null;
}

/// <summary>
/// Hears the changes of every process (LISTEN). After a lost connection it reports <see cref="ChangeOf.Unknown"/>, so
/// that nothing depends on one notification arriving.
/// </summary>
public sealed partial class ChangeListener(
    NpgsqlDataSource database, DatabaseReady ready, TimeProvider time, ILogger<ChangeListener> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private ImmutableList<Action<Change>> _subscribers = [];

    /// <summary>Calls back on the listening task, in order: the callback must be quick and must not throw.</summary>
    public IDisposable Subscribe(Action<Change> callback)
    {
        ImmutableInterlocked.Update(ref _subscribers, list => list.Add(callback));
        return new Subscription(() => ImmutableInterlocked.Update(ref _subscribers, list => list.Remove(callback)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ready.WaitAsync(stoppingToken);
        while (true)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, e) =>
                {
                    if (Change.Parse(e.Payload) is { } change) Publish(change);
                };
                await using (var listen = new NpgsqlCommand($"LISTEN {Change.Channel}", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                Publish(new Change(ChangeOf.Unknown, Guid.Empty));
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } fault && !stoppingToken.IsCancellationRequested)
            {
                LogLost(logger, fault.Message);
            }
            await Task.Delay(RetryDelay, time, stoppingToken);
        }
    }

    internal void Publish(Change change)
    {
        foreach (var subscriber in _subscribers) subscriber(change);
    }

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }

    [LoggerMessage(LogLevel.Warning, "Listening for changes was interrupted: {Problem} Trying again every second.")]
    private static partial void LogLost(ILogger logger, string problem);
}
