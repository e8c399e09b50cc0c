using Babyhelm.Core.Accounts;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Migrations;

/// <summary>For <c>dotnet ef</c> only; it never connects.</summary>
internal sealed class DesignTimeContextFactory : IDesignTimeDbContextFactory<BabyhelmDbContext>
{
    public BabyhelmDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<BabyhelmDbContext>()
        .UseNpgsql("Host=localhost", npgsql => npgsql.MigrationsAssembly(DataServices.MigrationsAssembly))
        // Identity's options shape its tables.
        .UseApplicationServiceProvider(new ServiceCollection().AddAccounts().BuildServiceProvider())
        .Options);
}
