using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Babyhelm.Tests.Integration;

/// <summary>Processes that start at the same moment on an empty database.</summary>
public sealed class FirstKeyTests
{
    [Fact]
    public async Task Several_first_starts_make_one_key_and_read_each_other()
    {
        var connection = $"{await PostgresServer.CreateDatabaseAsync()};Pooling=false";
        var processes = Enumerable.Range(0, 3).Select(_ => MigratedDatabase.Reach(connection)).ToList();
        await using (var db = await processes[0].GetRequiredService<IDbContextFactory<BabyhelmDbContext>>().CreateDbContextAsync())
            await db.Database.MigrateAsync(); // else its lock lets the starts through one after the other
        await Task.WhenAll(processes.Select(p => Task.Run(() => StartAsync(p))));
        var texts = await Task.WhenAll(processes.Select(p => Task.Run(() => Protector(p).Protect("secret"))));
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(connection, "SELECT count(*) FROM data_protection_keys"));
        foreach (var process in processes) Assert.All(texts, text => Assert.Equal("secret", Protector(process).Unprotect(text)));

        // A later start finds the key.
        await using var later = MigratedDatabase.Reach(connection);
        await StartAsync(later);
        Assert.Equal("secret", Protector(later).Unprotect(texts[0]));
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(connection, "SELECT count(*) FROM data_protection_keys"));
        foreach (var process in processes) await process.DisposeAsync();
    }

    internal static async Task StartAsync(IServiceProvider process)
    {
        await process.GetServices<IHostedService>().OfType<DatabaseStartup>().Single().StartAsync(default);
        await process.GetRequiredService<DatabaseReady>().WaitAsync(default).WaitAsync(TimeSpan.FromMinutes(3));
    }

    internal static IDataProtector Protector(IServiceProvider process) => process.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
