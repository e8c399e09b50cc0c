using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Tests.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>A migrated database that no web process works on, with what commands need to reach it.</summary>
public sealed class MigratedDatabase : IAsyncLifetime
{
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);
    private ServiceProvider? _services;

    public string Connection { get; private set; } = "";

    public IServiceProvider Services => _services!;

    public IDbContextFactory<BabyhelmDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>();

    public async Task InitializeAsync()
    {
        Connection = $"{await CopyAsync()};Pooling=false";
        _services = Reach(Connection);
    }

    /// <summary>
    /// A migrated database of the caller's own. The migrations run once in a test run; every further database is a copy, which
    /// costs far less.
    /// </summary>
    public static async Task<string> CopyAsync() => await PostgresServer.CreateDatabaseAsync(await Template.Value);

    private static async Task<string> MakeTemplateAsync()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        // Without a pool: what is copied must have no connection left.
        await using var services = Reach($"{connection};Pooling=false");
        await using var db = await services.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>().CreateDbContextAsync();
        await db.Database.MigrateAsync();
        return new NpgsqlConnectionStringBuilder(connection).Database!;
    }

    /// <summary>What another process has to reach the same database.</summary>
    /// <param name="time">The clock; null for the real one.</param>
    /// <param name="settings">Configuration, for example <c>Mail:Host</c>.</param>
    public static ServiceProvider Reach(string connection, TimeProvider? time = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Babyhelm", connection), .. settings ?? new Dictionary<string, string?>()]).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton(time ?? TimeProvider.System);
        services.AddAuthentication();
        return services.AddSingleton<IConfiguration>(configuration).AddSingleton<IWorkQueue, NoWork>().AddData(configuration).AddAccounts().BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
    }
}
