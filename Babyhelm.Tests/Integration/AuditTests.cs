using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>The database lets the audit log grow, and nothing else.</summary>
public sealed class AuditTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'nobody'")]
    [InlineData("UPDATE audit_entries SET actor = 'nobody' WHERE false")]
    [InlineData("DELETE FROM audit_entries")]
    [InlineData("TRUNCATE audit_entries")]
    public async Task An_entry_stays_as_it_was_written(string change)
    {
        var subject = $"project/{Guid.NewGuid():N}";
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            db.Add(AuditEntry.Of(new Caller(Guid.NewGuid(), "a@example.com", false), "project.create", subject, TimeProvider.System));
            await db.SaveChangesAsync();
        }
        var refused = await Assert.ThrowsAsync<PostgresException>(() => TestDatabase.ScalarAsync<long>(database.Connection, change));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(database.Connection, $"SELECT count(*) FROM audit_entries WHERE subject = '{subject}' AND actor = 'a@example.com'"));
    }
}
