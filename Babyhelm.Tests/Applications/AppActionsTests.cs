using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Components;

namespace Babyhelm.Tests.Applications;

/// <summary>The table of what can be done to an application in which state.</summary>
public class AppActionsTests
{
    private static readonly AppStanding Live = Standings.Live;
    private static readonly AppStanding RollingOut = Live with { Latest = ReleaseState.RollingOut };
    private static readonly AppStanding Stopped = Live with { Latest = ReleaseState.Stopped, Stopped = true };

    public static TheoryData<string, AppStanding, string> Allowed => new()
    {
        { "live", Live, "Deploy RollBack Restart Scale Stop Repair Delete" },
        { "autoscaled", Live with { Autoscaled = true }, "Deploy RollBack Restart Stop Repair Delete" },
        { "rolling out", RollingOut, "Deploy RollBack Stop Pause Cancel Delete" },
        { "paused", RollingOut with { Paused = true }, "Deploy RollBack Stop Resume Cancel Delete" },
        { "queued", Live with { Latest = ReleaseState.Pending }, "Deploy RollBack Stop Cancel Delete" },
        { "going back", RollingOut with { Repeats = 1 }, "Deploy RollBack Stop Pause Delete" },
        { "a rollback to another", RollingOut with { Repeats = 3, InForce = 4 }, "Deploy RollBack Stop Pause Cancel Delete" },
        { "stopped", Stopped, "Deploy RollBack Start Repair Delete" },
        { "being stopped", RollingOut with { Stopped = true }, "Deploy RollBack Cancel Delete" },
        { "without replicas", Live with { Latest = ReleaseState.Stopped }, "Deploy RollBack Scale Stop Repair Delete" },
        { "failed", Live with { Latest = ReleaseState.Failed }, "Deploy RollBack Stop Delete" },
        { "failed while stopped", Stopped with { Latest = ReleaseState.Failed }, "Deploy RollBack Stop Start Delete" },
        { "never ran", Live with { Latest = ReleaseState.Failed, InForce = null }, "Deploy RollBack Stop Delete" },
        { "cron", Live with { Kind = AppKind.Cron }, "Deploy RollBack Stop Run Repair Delete" },
        { "cron, stopped", Stopped with { Kind = AppKind.Cron }, "Deploy RollBack Start Run Repair Delete" },
        { "cron, being deployed", RollingOut with { Kind = AppKind.Cron }, "Deploy RollBack Stop Cancel Delete" },
        { "going", Live with { Deleting = true }, "" },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Each_state_allows_what_the_table_says(string state, AppStanding app, string allowed)
    {
        var found = Enum.GetValues<AppAction>().Where(a => AppActions.WhyNot(a, app, ProjectRole.Editor) is null);
        Assert.True(allowed == string.Join(' ', found), $"{state}: {string.Join(' ', found)}");
    }

    [Fact]
    public void A_viewer_may_do_nothing_and_is_told_so_first()
    {
        foreach (var action in Enum.GetValues<AppAction>()) Assert.IsType<Forbidden>(AppActions.WhyNot(action, Stopped, ProjectRole.Viewer));
    }

    [Fact]
    public void Every_refusal_has_a_reason_and_a_code()
    {
        foreach (var app in Allowed.Select(row => (AppStanding)row[1]))
            foreach (var action in Enum.GetValues<AppAction>())
                if (AppActions.WhyNot(action, app, ProjectRole.Owner) is { } no) Assert.True(no is Conflict { Code: not "conflict" } && no.Message.EndsWith('.'), $"{action}: {no.Message}");
    }
}
