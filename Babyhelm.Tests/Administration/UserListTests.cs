using System.Data.Common;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Integration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Babyhelm.Tests.Administration;

/// <summary>The list of users with 10,000 of them.</summary>
public sealed class UserListTests(UserListTests.ManyUsers many) : IClassFixture<UserListTests.ManyUsers>
{
    private const int Count = 10_000;

    // The count's row, and that each of the two queries asks once more to see its end.
    private const int Ends = 3;
    private readonly SqlLog _sql = new();

    [Theory]
    [InlineData(UserSort.Email, false, "user00001@example.com")]
    [InlineData(UserSort.Email, true, "user10000@example.com")]
    [InlineData(UserSort.Created, false, "user00001@example.com")]
    [InlineData(UserSort.Created, true, "user10000@example.com")]
    [InlineData(UserSort.LastSignIn, true, "user09999@example.com")] // every third signed in
    [InlineData(UserSort.LastSignIn, false, "user00003@example.com")]
    public async Task A_page_is_one_bounded_query_and_a_count(UserSort sort, bool descending, string first)
    {
        var page = await PageAsync(new UserQuery(Sort: sort, Descending: descending));

        Assert.Equal(Count, page.Total);
        Assert.Equal(200, page.Pages);
        Assert.Equal(Paging.Size, page.Users.Count);
        Assert.Equal(first, page.Users[0].Email);
        Assert.Equal(2, _sql.Commands.Count);
        Assert.Contains("count(*)", _sql.Commands.First(), StringComparison.Ordinal);
        Assert.Contains("LIMIT", _sql.Commands.Last(), StringComparison.Ordinal);
        Assert.InRange(_sql.Rows, Paging.Size, Paging.Size + Ends); // not more than is shown
    }

    [Fact]
    public async Task All_pages_together_are_all_users_each_once()
    {
        var seen = new List<Guid>();
        for (var number = 1; number <= 2; number++) seen.AddRange((await PageAsync(new UserQuery("user000", Page: number))).Users.Select(u => u.Id));
        Assert.Equal(99, seen.Count); // user00001 to user00099
        Assert.Equal(99, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("USER00042", UserFilter.All, 1)]
    [InlineData("user0004_", UserFilter.All, 0)] // taken literally
    [InlineData("%", UserFilter.All, 0)]
    [InlineData("nobody", UserFilter.All, 0)]
    [InlineData(null, UserFilter.Locked, 100)]
    [InlineData(null, UserFilter.Unconfirmed, 200)]
    [InlineData("user00", UserFilter.Locked, 10)]
    [InlineData(null, UserFilter.Admins, 1)]
    [InlineData(null, UserFilter.TwoFactor, 40)]
    [InlineData(null, UserFilter.Passkey, 20)]
    [InlineData(null, UserFilter.NoSecondFactor, Count - 60)]
    public async Task Search_and_filter_are_the_databases_work(string? search, UserFilter filter, int expected)
    {
        Assert.Equal(expected, (await PageAsync(new UserQuery(search, filter))).Total);
        Assert.InRange(_sql.Rows, 0, Paging.Size + Ends);
    }

    [Fact]
    public async Task A_page_past_the_end_is_the_last_one()
    {
        var page = await PageAsync(new UserQuery(Page: 9999));
        Assert.Equal((200, "user10000@example.com"), (page.Page, page.Users[^1].Email));
    }

    [Fact]
    public async Task Projects_are_counted()
    {
        var user = (await PageAsync(new UserQuery("user00001@"))).Users.Single();
        await many.Host.AddProjectAsync((new Caller(user.Id, user.Email, false), ProjectRole.Owner));
        Assert.Equal(user.Projects + 1, (await PageAsync(new UserQuery("user00001@"))).Users.Single().Projects);
    }

    /// <summary>Of the page that is shown first, and of one in the middle of those who never signed in.</summary>
    [Theory]
    [InlineData(UserSort.Email, false, 1)]
    [InlineData(UserSort.Email, true, 1)]
    [InlineData(UserSort.Created, false, 1)]
    [InlineData(UserSort.Created, true, 1)]
    [InlineData(UserSort.LastSignIn, false, 1)]
    [InlineData(UserSort.LastSignIn, true, 1)]
    [InlineData(UserSort.LastSignIn, true, 5)]
    public async Task The_database_sorts_by_an_index_and_not_all_users(UserSort sort, bool descending, int page)
    {
        var plans = new PlanLog(many.Host.Connection);
        await PageAsync(new UserQuery(Sort: sort, Descending: descending, Page: page), plans);
        var plan = Assert.Single(plans.Plans, p => p.Contains("Limit", StringComparison.Ordinal));
        Assert.Contains(" on users ", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on users", plan, StringComparison.Ordinal);
        if (sort == UserSort.LastSignIn) Assert.Contains("using ix_users_last_sign_in", plan, StringComparison.Ordinal);
        if (sort == UserSort.LastSignIn) Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal); // not even a part of them
    }

    [Fact]
    public async Task What_stands_for_a_second_factor_is_told()
    {
        Assert.Equal((true, false), Factors((await PageAsync(new UserQuery("user00003@"))).Users.Single()));
        Assert.Equal((false, true), Factors((await PageAsync(new UserQuery("user00004@"))).Users.Single()));
        Assert.Equal((false, false), Factors((await PageAsync(new UserQuery("user00005@"))).Users.Single()));

        static (bool, bool) Factors(UserView user) => (user.TwoFactor, user.Passkey);
    }

    private Task<UserPage> PageAsync(UserQuery query) => PageAsync(query, _sql);

    private async Task<UserPage> PageAsync(UserQuery query, DbCommandInterceptor log) =>
        (await new UserList(new LoggedContexts(many.Host.Connection, log, many.Host.Services), many.Host.Get<RefusalLog>(), TimeProvider.System).ListAsync(many.Admin, query, default)).Value;

    /// <summary>What the database would do for each query that is sent.</summary>
    private sealed class PlanLog(string connection) : DbCommandInterceptor
    {
        public List<string> Plans { get; } = [];

        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            await using var open = new NpgsqlConnection(connection);
            await open.OpenAsync(cancellationToken);
            await using var explain = new NpgsqlCommand($"EXPLAIN {command.CommandText}", open);
            foreach (NpgsqlParameter parameter in command.Parameters) explain.Parameters.Add(parameter.Clone());
            var lines = new List<string>();
            await using var reader = await explain.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken)) lines.Add(reader.GetString(0));
            Plans.Add(string.Join('\n', lines));
            return result;
        }
    }

    public sealed class ManyUsers : IAsyncLifetime
    {
        public CommandHost Host { get; } = new();

        /// <summary>The first of them.</summary>
        public Caller Admin { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            await Host.InitializeAsync();
            await TestDatabase.ScalarAsync<int>(Host.Connection, $"""
                INSERT INTO users (id, email, normalized_email, user_name, normalized_user_name, email_confirmed, role, created_at, last_sign_in_at, locked_at,
                    phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count)
                SELECT gen_random_uuid(), address, upper(address), address, upper(address), n % 50 <> 0, CASE WHEN n = 1 THEN 'Admin' ELSE 'User' END,
                    timestamptz '2026-01-01Z' + n * interval '1 minute', CASE WHEN n % 3 = 0 THEN timestamptz '2026-06-01Z' + n * interval '1 minute' END,
                    CASE WHEN n % 100 = 7 THEN timestamptz '2026-06-01Z' END, false, n % 250 = 3, true, 0
                FROM (SELECT n, 'user' || lpad(n::text, 5, '0') || '@example.com' AS address FROM generate_series(1, {Count}) n) numbered;
                ANALYZE users
                """);
            await using var db = await Host.Contexts.CreateDbContextAsync();
            var admin = await db.Users.SingleAsync(u => u.Role == PlatformRole.Admin);
            Admin = await Host.SignInAsync(Caller.Of(admin, null));
            foreach (var user in await db.Users.Where(u => u.Email!.EndsWith("004@example.com") || u.Email!.EndsWith("504@example.com")).ToListAsync()) await Host.AddPasskeyAsync(Caller.Of(user, null));
        }

        public Task DisposeAsync() => Host.DisposeAsync();
    }
}
