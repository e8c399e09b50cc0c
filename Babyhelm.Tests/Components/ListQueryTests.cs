using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Web.Components;
using Babyhelm.Web.Features.Administration;
using Babyhelm.Web.Features.Audit;

namespace Babyhelm.Tests.Components;

/// <summary>Lists whose search, filter, order and page stand in the address.</summary>
public sealed class ListQueryTests
{
    [Fact]
    public void The_usual_list_of_users_has_the_shortest_address() => Assert.Equal("/admin/users", new UserQuery().Url());

    [Fact]
    public void An_address_says_what_is_shown()
    {
        var query = new UserQuery("a&b=c", UserFilter.TwoFactor, UserSort.LastSignIn, true, 3);
        Assert.Equal("/admin/users?search=a%26b%3Dc&filter=twoFactor&sort=lastSignIn&order=desc&page=3", query.Url());
        Assert.Equal(query, UserListQuery.Of("a&b=c", "twoFactor", "lastSignIn", "desc", "3"));
    }

    [Theory]
    [InlineData("99", "7", "up", "-1")]
    [InlineData("nonsense", "", "DESC", "99999999999999999999")]
    public void What_cannot_be_read_is_as_if_it_were_not_there(string filter, string sort, string order, string page) =>
        Assert.Equal(new UserQuery(), UserListQuery.Of(" ", filter, sort, order, page));

    [Fact]
    public void A_head_sorts_and_turns_round()
    {
        var query = new UserQuery(Page: 4);
        Assert.Equal((UserSort.Created, true, 1), Parts(query.By(UserSort.Created))); // the newest first
        Assert.Equal((UserSort.Created, false, 1), Parts(query.By(UserSort.Created).By(UserSort.Created)));
        Assert.Equal((UserSort.Email, true, 1), Parts(query.By(UserSort.Email)));

        static (UserSort, bool, int) Parts(UserQuery q) => (q.Sort, q.Descending, q.Page);
    }

    [Fact]
    public void An_audit_filter_survives_its_address()
    {
        var query = AuditQuery.Of("ada", " user. ", "", "refused", "2026-03-01T10:30", "nonsense", "12");
        Assert.Equal("/admin/audit?actor=ada&action=user.&outcome=refused&from=2026-03-01T10%3A30&until=nonsense&before=12", query.On(Urls.Audit));
        Assert.Equal(new AuditFilter("ada", "user.", null, AuditOutcome.Refused, new DateTimeOffset(2026, 3, 1, 10, 30, 0, TimeSpan.Zero), null, 12), query.Filter);
        Assert.True(query.IsFiltered);
        Assert.False(AuditQuery.Of(null, null, null, null, null, null, "12").IsFiltered); // a later page of everything
    }
}
