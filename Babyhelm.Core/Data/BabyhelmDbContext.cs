using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Data;

/// <summary>The one database. Entities and their configurations live in their slices.</summary>
public sealed partial class BabyhelmDbContext(DbContextOptions<BabyhelmDbContext> options)
    : IdentityUserContext<AppUser, Guid>(options)
{
    /// <summary>Version 3 of Identity's tables has passkeys.</summary>
    protected override Version SchemaVersion => IdentitySchemaVersions.Version3;

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // Enums are stored by name: readable in SQL and safe against reordering.
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(BabyhelmDbContext).Assembly);
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            if (entity.IsMappedToJson() || entity.GetTableName() is not { } table) continue;
            entity.SetTableName(SnakeCase(table));
            foreach (var property in entity.GetProperties()) property.SetColumnName(SnakeCase(property.Name));
            foreach (var key in entity.GetKeys()) key.SetName(Named(key.GetName()));
            foreach (var key in entity.GetForeignKeys()) key.SetConstraintName(Named(key.GetConstraintName()));
            foreach (var index in entity.GetIndexes()) index.SetDatabaseName(Named(index.GetDatabaseName()));
        }
    }

    private static string? Named(string? name) => name is null ? null : SnakeCase(name);

    private static string SnakeCase(string name) =>
        WordStart().Replace(name.Replace("AspNet", "", StringComparison.Ordinal), "$1_$2").ToLowerInvariant();

    [GeneratedRegex("([a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
