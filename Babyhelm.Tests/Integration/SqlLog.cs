using System.Collections.Concurrent;
using System.Data.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Babyhelm.Tests.Integration;

/// <summary>Queries as they were sent, and how many rows came back.</summary>
internal sealed class SqlLog : DbCommandInterceptor
{
    private int _rows;

    public ConcurrentQueue<string> Commands { get; } = [];

    public int Rows => _rows;

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Commands.Enqueue(command.CommandText);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult DataReaderDisposing(DbCommand command, DataReaderDisposingEventData eventData, InterceptionResult result)
    {
        Interlocked.Add(ref _rows, eventData.ReadCount);
        return result;
    }
}

internal sealed class LoggedContexts(string connection, SqlLog log) : IDbContextFactory<BabyhelmDbContext>
{
    public BabyhelmDbContext CreateDbContext() =>
        new(new DbContextOptionsBuilder<BabyhelmDbContext>().UseNpgsql(connection).AddInterceptors(log).Options);
}
