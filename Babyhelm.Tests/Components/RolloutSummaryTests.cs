using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class RolloutSummaryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_view_the_database_speaks()
    {
        var summary = RolloutSummary.Of(App(ReleaseState.Live, 2), null, null);

        Assert.Equal(("Live", "Live", 100), (summary.Status.Word, summary.Headline, summary.Progress));
        Assert.Equal("http://web-shop.apps.localhost", summary.Url);
    }

    [Fact]
    public void The_cluster_may_be_ahead_of_the_database()
    {
        var summary = RolloutSummary.Of(App(ReleaseState.RollingOut, 2), null, View(2, ReleaseState.Live, ready: 1));

        Assert.Equal("live", summary.Status.Key);
        Assert.NotNull(summary.Url);
    }

    [Fact]
    public void A_view_of_the_release_before_does_not_speak_for_the_new_one()
    {
        var summary = RolloutSummary.Of(App(ReleaseState.Pending, 3), null, View(2, ReleaseState.Live, ready: 1));

        Assert.Equal((3, "pending", "busy"), (summary.Release, summary.Status.Key, summary.Tone));
        Assert.Empty(summary.Steps);
        Assert.Single(summary.Pods); // the old pods are still there, and still answer
        Assert.NotNull(summary.Url);
    }

    [Fact]
    public void There_is_no_link_before_anything_answers()
    {
        Assert.Null(RolloutSummary.Of(App(ReleaseState.RollingOut, 1), null, View(1, ReleaseState.RollingOut, ready: 0)).Url);
        Assert.Null(RolloutSummary.Of(App(ReleaseState.Live, 1) with { Url = null }, null, View(1, ReleaseState.Live, ready: 1)).Url);
    }

    [Fact]
    public void A_warning_while_it_rolls_out_is_no_failure()
    {
        var diagnosis = new Diagnosis(DiagnosisCodes.CrashLoop, "It crashes", "…", [], "…");

        var stuck = RolloutSummary.Of(App(ReleaseState.RollingOut, 1), null, View(1, ReleaseState.RollingOut, 0, diagnosis));
        var failed = RolloutSummary.Of(App(ReleaseState.RollingOut, 1), null, View(1, ReleaseState.Failed, 0, diagnosis));

        Assert.Equal(("Held up", "warn"), (stuck.Headline, stuck.Tone));
        Assert.Equal(("Failed", "bad"), (failed.Headline, failed.Tone));
    }

    [Fact]
    public void A_release_that_the_cluster_does_not_take_tells_the_next_try()
    {
        var diagnosis = new Diagnosis(DiagnosisCodes.Rejected, "Not now", "…", [], "…");
        var view = View(1, ReleaseState.Applying, 0, diagnosis);
        view = view with { Rollout = view.Rollout! with { Step = "waiting to be applied again", NextTryAt = Start } };

        var held = RolloutSummary.Of(App(ReleaseState.Applying, 1), null, view);

        Assert.Equal(("Held up: waiting to be applied again", "warn", Start), (held.Headline, held.Tone, held.NextTryAt!.Value));
    }

    [Fact]
    public void A_stored_diagnosis_is_shown_after_the_pods_are_gone()
    {
        var diagnosis = new Diagnosis(DiagnosisCodes.ImageNotFound, "No such image", "…", [], "…");
        var latest = new ReleaseSummary(1, ReleaseState.Failed, "nginx", "a@b.c", Start, Start, Start, null, diagnosis, []);

        Assert.Same(diagnosis, RolloutSummary.Of(App(ReleaseState.Failed, 1), latest, null).Diagnosis);
    }

    [Fact]
    public void The_reason_why_an_earlier_release_failed_is_not_that_of_this_one()
    {
        var diagnosis = new Diagnosis(DiagnosisCodes.ImageNotFound, "No such image", "…", [], "…");
        var failed = new ReleaseSummary(1, ReleaseState.Failed, "nginx", "a@b.c", Start, Start, Start, null, diagnosis, []);

        Assert.Null(RolloutSummary.Of(App(ReleaseState.Failed, 1), failed, View(2, ReleaseState.RollingOut, 0)).Diagnosis);
        Assert.Null(RolloutSummary.Of(App(ReleaseState.Pending, 2), failed, null).Diagnosis);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 0, false)] // not ready
    [InlineData(2, 1, false)] // its own
    [InlineData(0, 1, false)] // nobody knows whose
    public void Only_ready_pods_of_another_release_answer_for_an_earlier_one(int release, int ready, bool answers)
    {
        var view = View(2, ReleaseState.Failed, ready);
        view = view with { Rollout = view.Rollout! with { Pods = [view.Rollout.Pods[0] with { Release = release }] } };

        Assert.Equal(answers, RolloutSummary.Of(App(ReleaseState.Failed, 2), null, view).EarlierAnswers);
    }

    private static ApplicationView App(ReleaseState state, int release) => new(
        Guid.NewGuid(), new ProjectView(Guid.NewGuid(), "shop", "bh-shop", ProjectState.Ready, null, Start, ProjectRole.Owner),
        new AppSpec { Name = "web", Image = "nginx" }, state, "http://web-shop.apps.localhost", release, false, Start, Start)
    {
        Standing = Standings.Live,
    };

    private static RolloutView View(int release, ReleaseState state, int ready, Diagnosis? diagnosis = null) => new(
        new AppKey("bh-shop", "web"),
        new RolloutState(release, state, "step", new ReplicaCounts(1, 1, ready, ready),
            [new PodState("web-1", release, "Running", ready > 0, 0, null, Start)], diagnosis, Start, null),
        [], CacheStatus.Fresh);
}
