using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Tests.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Integration;

/// <summary>A migrated database that no web process works on, with what commands need to reach it.</summary>
public sealed class MigratedDatabase : IAsyncLifetime
{
    private ServiceProvider? _services;

    public string Connection { get; private set; } = "";

    public IServiceProvider Services => _services!;

    public IDbContextFactory<BabyhelmDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>();

    public async Task InitializeAsync()
    {
        Connection = $"{await PostgresServer.CreateDatabaseAsync()};Pooling=false";
        _services = Reach(Connection);
        await using var db = await Contexts.CreateDbContextAsync();
        await db.Database.MigrateAsync();
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
