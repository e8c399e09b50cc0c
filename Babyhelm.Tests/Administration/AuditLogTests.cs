using System.Net;
using System.Text;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Administration;

/// <summary>Reading the audit log, and what it holds of refusals.</summary>
public sealed class AuditLogTests(CommandHost host) : IClassFixture<CommandHost>, IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private Caller _admin = null!;

    public async Task InitializeAsync() => _admin = await host.AddUserAsync(PlatformRole.Admin);

    public Task DisposeAsync() => Task.CompletedTask;

    private AuditLog Log => host.Get<AuditLog>();

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repeat_whatever_comes_in_between()
    {
        var project = await host.AddProjectAsync();
        await AddAsync(Enumerable.Range(0, 120).Select(i => Entry(project, "a@example.com", "project.create", $"n{i}")));

        var (seen, before, pages) = (new List<string>(), (long?)null, 0);
        do
        {
            var page = (await Log.ListAsync(_admin, project.Name, new AuditFilter(Before: before), default)).Value;
            seen.AddRange(page.Entries.Select(e => e.Subject));
            before = page.Next;
            pages++;
            await AddAsync([Entry(project, "a@example.com", "project.create", "later")]);
        }
        while (before is not null);

        Assert.Equal(3, pages);
        Assert.Equal(Enumerable.Range(0, 120).Reverse().Select(i => $"n{i}"), seen);
    }

    [Fact]
    public async Task Filters_narrow_and_combine()
    {
        var project = await host.AddProjectAsync();
        await AddAsync(
        [
            Entry(project, "ada@example.com", "application.deploy", "project/x/app/web") with { At = Day },
            Entry(project, "ada@example.com", "member.invite", "project/x/member/100%") with { At = Day.AddHours(1) },
            Entry(project, "Bob@example.com", "application.delete", "project/x/app/api") with { At = Day.AddHours(2), Outcome = AuditOutcome.Refused },
        ]);

        Assert.Equal(["project/x/app/web", "project/x/member/100%"], await SubjectsAsync(new AuditFilter(Actor: "ADA@")));
        Assert.Equal(["project/x/app/api", "project/x/app/web"], await SubjectsAsync(new AuditFilter(Action: "application.")));
        Assert.Equal([], await SubjectsAsync(new AuditFilter(Action: "deploy"))); // the start of it
        Assert.Equal(["project/x/member/100%"], await SubjectsAsync(new AuditFilter(Subject: "%"))); // taken literally
        Assert.Equal(["project/x/app/api"], await SubjectsAsync(new AuditFilter(Outcome: AuditOutcome.Refused)));
        Assert.Equal(["project/x/member/100%"], await SubjectsAsync(new AuditFilter(From: Day.AddHours(1), Until: Day.AddHours(2))));
        Assert.Equal(["project/x/app/web"], await SubjectsAsync(new AuditFilter(Actor: "ada", Action: "application.", Until: Day.AddHours(1).ToOffset(TimeSpan.FromHours(5)))));

        async Task<IEnumerable<string>> SubjectsAsync(AuditFilter filter) =>
            (await Log.ListAsync(_admin, project.Name, filter, default)).Value.Entries.Select(e => e.Subject).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_spreadsheet_takes_nothing_in_the_csv_for_a_formula()
    {
        var project = await host.AddProjectAsync();
        foreach (var text in new[] { "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a \"quoted\", text\nof two lines", "plain" })
            await AddAsync([Entry(project, "ada@example.com", "x.y", "s") with { Detail = text }]);
        await AddAsync([Entry(project, "=cmd|' /C calc'!A0@example.com", "x.y", "=s") with { Changes = [new AuditChange("image", "=a", null)] }]);

        using var file = new MemoryStream();
        Assert.Null((await Log.ExportAsync(_admin, project.Name, new AuditFilter(), () => file, default)).Error);
        var rows = Csv(Encoding.UTF8.GetString(file.ToArray()));

        Assert.Equal(["time", "actor", "address", "action", "subject", "outcome", "detail", "changes"], rows[0]);
        Assert.Equal(["'=cmd|' /C calc'!A0@example.com", "'=s"], new[] { rows[1][1], rows[1][4] });
        Assert.Equal("[{\"field\":\"image\",\"before\":\"=a\"}]", rows[1][7]);
        Assert.Equal(["plain", "a \"quoted\", text\nof two lines", "'\r=1", "'\t=1", "'@SUM(A1)", "'-1", "'+1", "'=1+1"], rows.Skip(2).Select(r => r[6]));
        Assert.All(rows, r => Assert.Equal(8, r.Count));
    }

    [Fact]
    public async Task Owners_read_their_projects_log_admins_all_and_others_none()
    {
        var (owner, editor, viewer, stranger) = (await host.AddUserAsync(), await host.AddUserAsync(), await host.AddUserAsync(), await host.AddUserAsync());
        var project = await host.AddProjectAsync((owner, ProjectRole.Owner), (editor, ProjectRole.Editor), (viewer, ProjectRole.Viewer));
        var other = await host.AddProjectAsync((stranger, ProjectRole.Owner));
        await AddAsync([Entry(project, "ada@example.com", "x.mine", "mine"), Entry(other, "ada@example.com", "x.theirs", "theirs")]);

        Assert.Equal(["mine"], (await Log.ListAsync(owner, project.Name, new AuditFilter(Action: "x."), default)).Value.Entries.Select(e => e.Subject));
        Assert.IsType<Forbidden>((await Log.ListAsync(editor, project.Name, new AuditFilter(), default)).Error);
        Assert.IsType<Forbidden>((await Log.ListAsync(viewer, project.Name, new AuditFilter(), default)).Error);
        Assert.IsType<NotFound>((await Log.ListAsync(stranger, project.Name, new AuditFilter(), default)).Error);
        Assert.IsType<Forbidden>((await Log.ListAsync(owner, null, new AuditFilter(), default)).Error);
        var opened = false;
        var refused = await Log.ExportAsync(viewer, project.Name, new AuditFilter(), () => { opened = true; return Stream.Null; }, default);
        Assert.IsType<Forbidden>(refused.Error);
        Assert.False(opened); // the error came before the first byte
        Assert.Contains("theirs", (await Log.ListAsync(_admin, null, new AuditFilter(Action: "x."), default)).Value.Entries.Select(e => e.Subject));
    }

    [Fact]
    public async Task What_is_refused_for_lack_of_a_right_is_noted_once_a_minute()
    {
        var viewer = await host.AddUserAsync();
        var project = await host.AddProjectAsync((viewer, ProjectRole.Viewer));
        var members = host.Get<ProjectMembers>();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RemoveAsync()));
        var first = Assert.Single(await RefusedAsync());
        Assert.Equal(("member.manage", $"project/{project.Name}", viewer.Email, project.Id), (first.Action, first.Subject, first.Actor, first.ProjectId));
        // Another action is another entry; so is the same one a minute later.
        Assert.IsType<Forbidden>((await Log.ListAsync(viewer, project.Name, new AuditFilter(), default)).Error);
        Assert.Equal(["audit.read", "member.manage"], (await RefusedAsync()).Select(e => e.Action).Order());
        host.Time.Advance(TimeSpan.FromSeconds(61));
        await RemoveAsync();
        Assert.Equal(3, (await RefusedAsync()).Count);

        // Whom a project is hidden from is not told of it, and fills no log.
        Assert.IsType<NotFound>((await members.RemoveAsync(await host.AddUserAsync(), project.Name, "x@example.com", default)).Error);
        Assert.Equal(3, (await RefusedAsync()).Count);

        // What is for admins, with an id that the caller makes up each time.
        foreach (var _ in Enumerable.Range(0, 5)) Assert.IsType<Forbidden>((await host.RunAsync((UserAdministration users) => users.LockAsync(viewer, Guid.NewGuid(), default))).Error);
        Assert.Equal(["platform"], (await EntriesAsync(e => e.UserId == viewer.UserId && e.Action == "user.lock")).Select(e => e.Subject));

        async Task RemoveAsync() => Assert.IsType<Forbidden>((await members.RemoveAsync(viewer, project.Name, "x@example.com", default)).Error);
        Task<List<AuditEntry>> RefusedAsync() => EntriesAsync(e => e.ProjectId == project.Id && e.Outcome == AuditOutcome.Refused);
    }

    [Fact]
    public async Task Who_changes_addresses_within_a_network_is_counted_as_one()
    {
        const string Action = "test.network";
        var counts = host.Get<RefusalCounts>();
        foreach (var address in new[] { "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2" })
            counts.Add(Action, IPAddress.Parse(address));
        await counts.DueAsync(default);
        Assert.Equal(
            [("192.0.2.1", "2 times"), ("192.0.2.2", "1 times"), ("2001:db8:0:1::/64", "2 times"), ("2001:db8:0:2::/64", "1 times")],
            (await EntriesAsync(e => e.Action == Action)).Select(e => (e.Address, e.Detail)).Order());
    }

    [Fact]
    public async Task What_could_not_be_written_silences_nothing()
    {
        var user = await host.AddUserAsync();
        var flaky = new FailingOnce(host.Contexts);
        var log = new RefusalLog(flaky, host.Get<SessionStore>(), host.Time);
        await Assert.ThrowsAsync<TimeoutException>(() => log.NotePageAsync("admin/users", user));
        await log.NotePageAsync("admin/users", user);
        await log.NotePageAsync("admin/users", user);
        Assert.Equal("page/admin/users", Assert.Single(await EntriesAsync(e => e.UserId == user.UserId)).Subject);
    }

    /// <summary>A database that is away for the first who asks.</summary>
    private sealed class FailingOnce(IDbContextFactory<BabyhelmDbContext> contexts) : IDbContextFactory<BabyhelmDbContext>
    {
        private bool _failed;

        public BabyhelmDbContext CreateDbContext()
        {
            if (_failed) return contexts.CreateDbContext();
            _failed = true;
            throw new TimeoutException();
        }
    }

    private async Task<List<AuditEntry>> EntriesAsync(System.Linq.Expressions.Expression<Func<AuditEntry, bool>> which)
    {
        await using var db = await host.Contexts.CreateDbContextAsync();
        return await db.Set<AuditEntry>().AsNoTracking().Where(which).ToListAsync();
    }

    private static AuditEntry Entry(Project project, string actor, string action, string subject) =>
        new() { At = Day, Actor = actor, Action = action, Subject = subject, ProjectId = project.Id };

    // One by one: their order is what is asked for.
    private async Task AddAsync(IEnumerable<AuditEntry> entries)
    {
        await using var db = await host.Contexts.CreateDbContextAsync();
        foreach (var entry in entries)
        {
            db.Add(entry);
            await db.SaveChangesAsync();
        }
    }

    /// <summary>Reads CSV as RFC 4180 has it.</summary>
    private static List<List<string>> Csv(string text)
    {
        var (rows, row, field, quoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c == ',') { row.Add(field.ToString()); field.Clear(); }
            else if (!quoted && c == '\r' && text[i + 1] == '\n')
            {
                row.Add(field.ToString());
                rows.Add(row);
                (row, i) = ([], i + 1);
                field.Clear();
            }
            else field.Append(c);
        }
        Assert.False(quoted || field.Length > 0 || row.Count > 0, "the last line is not ended");
        return rows;
    }
}
