using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Core.Data;

/// <summary>Keeps something in memory in step with the database: loads it when the database is there, and again after committed changes.</summary>
public abstract class DatabaseMirror(IDbContextFactory<BabyhelmDbContext> contexts, ChangeListener changes, DatabaseReady database, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Whether what is kept may be another after this change.</summary>
    protected abstract bool Concerns(ChangeOf change);

    /// <summary>Takes over what is in the database now.</summary>
    protected abstract Task LoadAsync(BabyhelmDbContext db, CancellationToken cancellation);

    /// <summary>What was loaded last is kept, and loading is tried again after a second.</summary>
    protected abstract void NoteFault(string problem);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One pending reload covers any number of changes.
        var dirty = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change =>
        {
            if (Concerns(change.Of)) dirty.Writer.TryWrite(true);
        });
        await database.WaitAsync(stoppingToken);
        dirty.Writer.TryWrite(true);
        await foreach (var _ in dirty.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync(stoppingToken);
                await LoadAsync(db, stoppingToken);
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } fault)
            {
                NoteFault(fault.Message);
                await Task.Delay(RetryDelay, time, stoppingToken);
                dirty.Writer.TryWrite(true);
            }
        }
    }
}
