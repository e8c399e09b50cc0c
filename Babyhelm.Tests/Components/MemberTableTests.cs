using Babyhelm.Core.Projects;
using Babyhelm.Web.Features.Projects;

namespace Babyhelm.Tests.Components;

/// <summary>What the page of members allows and why not, before any command is asked.</summary>
public sealed class MemberTableTests
{
    private static readonly MemberView Ada = new("ada@example.com", ProjectRole.Owner, MemberState.Active);
    private static readonly MemberView Bob = new("bob@example.com", ProjectRole.Editor, MemberState.Active);
    private static readonly MemberView Eve = new("eve@example.com", ProjectRole.Owner, MemberState.Invited, DateTimeOffset.UnixEpoch);

    [Fact]
    public void The_only_owner_stays_and_may_hand_over()
    {
        var table = Table(ProjectRole.Owner, "ADA@example.com", Ada, Bob, Eve);
        Assert.Null(table.WhyNotManage);
        Assert.NotNull(table.WhyNotLeave);
        Assert.NotNull(Line(table, Ada).WhyNotChange);
        Assert.NotNull(Line(table, Ada).WhyNotRemove);
        Assert.True(Line(table, Ada).IsMe);
        Assert.Null(Line(table, Bob).WhyNotChange);
        Assert.Null(Line(table, Eve).WhyNotRemove); // an owner who has not accepted is none
        Assert.Equal(["bob@example.com"], table.Heirs);
        Assert.Null(table.WhyNotTransfer);
    }

    [Fact]
    public void With_another_owner_one_may_go_but_has_nobody_to_hand_over_to()
    {
        var table = Table(ProjectRole.Owner, Ada.Email, Ada, Eve with { State = MemberState.Active });
        Assert.Null(table.WhyNotLeave);
        Assert.All(table.Lines, l => Assert.Null(l.WhyNotChange));
        Assert.NotNull(table.WhyNotTransfer);
    }

    [Theory]
    [InlineData(ProjectRole.Editor)]
    [InlineData(ProjectRole.Viewer)]
    public void Others_may_only_leave(ProjectRole role)
    {
        var table = Table(role, Bob.Email, Ada, Bob with { Role = role });
        Assert.NotNull(table.WhyNotManage);
        Assert.NotNull(table.WhyNotTransfer);
        Assert.All(table.Lines, l => Assert.NotNull(l.WhyNotRemove));
        Assert.Null(table.WhyNotLeave);
    }

    [Fact]
    public void A_platform_admin_who_is_no_member_manages_but_neither_leaves_nor_hands_over()
    {
        var table = Table(ProjectRole.Owner, "admin@example.com", Ada, Bob);
        Assert.Null(table.Me);
        Assert.Null(table.WhyNotManage);
        Assert.NotNull(table.WhyNotLeave);
        Assert.NotNull(table.WhyNotTransfer);
    }

    private static MemberLine Line(MemberTable table, MemberView member) => table.Lines.Single(l => l.Member == member);

    private static MemberTable Table(ProjectRole role, string me, params MemberView[] members) => new(
        new ProjectView(Guid.NewGuid(), "shop", "bh-shop", ProjectState.Ready, null, DateTimeOffset.UnixEpoch, role), members, me);
}
