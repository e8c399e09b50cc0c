using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
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
        var texts = await Task.WhenAll(processes.Select(p => Task.Run(async () =>
        {
            await p.GetServices<IHostedService>().OfType<DatabaseStartup>().Single().StartAsync(default);
            await p.GetRequiredService<DatabaseReady>().WaitAsync(default).WaitAsync(TimeSpan.FromMinutes(3));
            return Protector(p).Protect("secret");
        })));
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(connection, "SELECT count(*) FROM data_protection_keys"));
        foreach (var process in processes) Assert.All(texts, text => Assert.Equal("secret", Protector(process).Unprotect(text)));

        // A later start finds the key.
        await using var later = MigratedDatabase.Reach(connection);
        await later.GetServices<IHostedService>().OfType<DatabaseStartup>().Single().StartAsync(default);
        await later.GetRequiredService<DatabaseReady>().WaitAsync(default).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.Equal("secret", Protector(later).Unprotect(texts[0]));
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(connection, "SELECT count(*) FROM data_protection_keys"));
        foreach (var process in processes) await process.DisposeAsync();
    }

    private static IDataProtector Protector(IServiceProvider process) => process.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
