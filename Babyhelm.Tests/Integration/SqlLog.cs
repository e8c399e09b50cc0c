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

/// <param name="services">
/// Where Identity's options are. Not without: whoever makes the first context in a process decides for all of them what is in
/// its model, and without these options passkeys are not.
/// </param>
internal sealed class LoggedContexts(string connection, DbCommandInterceptor log, IServiceProvider services) : IDbContextFactory<BabyhelmDbContext>
{
    public BabyhelmDbContext CreateDbContext() =>
        new(new DbContextOptionsBuilder<BabyhelmDbContext>().UseNpgsql(connection).UseApplicationServiceProvider(services).AddInterceptors(log).Options);
}
