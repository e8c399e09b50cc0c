using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Babyhelm.Core.Data;

public static class DataServices
{
    private const int KeepAliveSeconds = 30;

    /// <summary>Name of the assembly that holds the migrations.</summary>
    public const string MigrationsAssembly = "Babyhelm.Migrations";

    /// <summary>Database, its start and Data Protection keys in it.</summary>
    /// <exception cref="InvalidOperationException">No readable connection string <c>ConnectionStrings:Babyhelm</c>, or no readable certificate.</exception>
    public static IServiceCollection AddData(this IServiceCollection services, IConfiguration configuration)
    {
        var connection = configuration.GetConnectionString("Babyhelm");
        if (string.IsNullOrWhiteSpace(connection))
            throw new InvalidOperationException(
                "No database is configured. Set ConnectionStrings__Babyhelm, for example "
                + "\"Host=localhost;Database=babyhelm;Username=babyhelm;Password=…\", or start with ./run.sh, which brings its own.");

        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connection);
            // A connection that a firewall or a failover dropped without a word is noticed only by asking: who listens on one would be deaf.
            if (settings.KeepAlive == 0) settings.KeepAlive = KeepAliveSeconds;
            connection = settings.ConnectionString;
        }
        catch (ArgumentException e)
        {
            // Its message names the keyword, never a value.
            throw new InvalidOperationException($"ConnectionStrings:Babyhelm can't be read: {e.Message}", e);
        }
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(connection).Build());
        services.AddDbContextFactory<BabyhelmDbContext>((provider, options) => options.UseNpgsql(
            provider.GetRequiredService<NpgsqlDataSource>(), npgsql => npgsql.MigrationsAssembly(MigrationsAssembly)));
        services.AddSingleton<DatabaseReady>();
        services.AddSingleton<IDatabaseStep, FirstKey>();
        services.AddHostedService<DatabaseStartup>();
        services.AddSingleton<ChangeListener>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeListener>());
        KeyCertificate.Use(services.AddDataProtection().SetApplicationName("Babyhelm"), configuration);
        services.AddSingleton<PlainKeys>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(
            options => options.XmlRepository = new DatabaseXmlRepository(provider.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>())));
        return services;
    }

    /// <summary>
    /// Data Protection would read its keys before the database is migrated; without this start-up step it reads them when
    /// they are first needed. To be called last: sign-in and others register Data Protection again.
    /// </summary>
    public static IServiceCollection ReadKeysWhenNeeded(this IServiceCollection services)
    {
        foreach (var preload in services.Where(s => s.ImplementationType?.Name == "DataProtectionHostedService").ToList()) services.Remove(preload);
        return services;
    }
}
