using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Administration;

/// <summary>The outbox, page by page.</summary>
public sealed class OutboxTests(CommandHost host) : IClassFixture<CommandHost>
{
    [Fact]
    public async Task Mails_are_searched_and_paged_by_the_database_the_newest_first()
    {
        var (admin, outbox) = (await host.AddUserAsync(PlatformRole.Admin), host.Get<Outbox>());
        await using (var db = await host.Contexts.CreateDbContextAsync())
        {
            for (var i = 0; i < Paging.Size + 5; i++)
            {
                outbox.Add(db, $"Ada{i:00}@example.com", i % 5 == 0 ? "100% new" : "Hello", $"text {i}");
            }
            await db.SaveChangesAsync();
        }
        var first = await PageAsync(new MailQuery());
        Assert.Equal((Paging.Size + 5, 1, 2, Paging.Size), (first.Total, first.Page, first.Pages, first.Mails.Count));
        var last = await PageAsync(new MailQuery(Page: 7));
        Assert.Equal((2, 5), (last.Page, last.Mails.Count));
        Assert.Equal(Enumerable.Range(0, Paging.Size + 5).Select(i => $"Ada{i:00}@example.com"), first.Mails.Concat(last.Mails).Select(m => m.To).Order());

        var found = await PageAsync(new MailQuery("ada07@"));
        Assert.Equal(("Ada07@example.com", "text 7", MailState.Kept), found.Mails.Select(m => (m.To, m.Text, m.State)).Single());
        Assert.Equal(11, (await PageAsync(new MailQuery("% NEW"))).Total); // taken literally
        var none = await PageAsync(new MailQuery("nobody"));
        Assert.Equal((0, 1, 1), (none.Total, none.Page, none.Pages));

        async Task<MailPage> PageAsync(MailQuery query) => (await outbox.ListAsync(admin, query, default)).Value;
    }
}
