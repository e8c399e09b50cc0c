using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Applications;

public sealed class ApplyRetriesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Error Away = new Unavailable("The cluster closed the connection.");
    private static readonly Error Barred = Refused(403, "Forbidden", "deployments.apps \"web\" is forbidden: User \"babyhelm\" cannot patch resource \"deployments\"");

    [Theory]
    [InlineData(403, "Forbidden", "namespaces is forbidden: User \"x\" cannot create resource \"namespaces\": RBAC: clusterrole \"admin\" not found", ApplyAnswer.MayPass)]
    [InlineData(403, "Forbidden", "deployments.apps \"web\" is forbidden: not yet ready to handle request", ApplyAnswer.MayPass)]
    [InlineData(403, "Forbidden", "pods is forbidden: status unknown for quota: default, resources: pods", ApplyAnswer.MayPass)]
    [InlineData(401, "Unauthorized", "Unauthorized", ApplyAnswer.MayPass)]
    [InlineData(404, KubernetesError.NotServed, "404 page not found", ApplyAnswer.MayPass)]
    [InlineData(404, "NotFound", "namespaces \"bh-shop\" not found", ApplyAnswer.MayPass)]
    [InlineData(200, KubernetesError.NotKubernetes, "", ApplyAnswer.MayPass)]
    [InlineData(200, KubernetesError.Garbled, "", ApplyAnswer.MayPass)]
    [InlineData(403, "Forbidden", "services \"web\" is forbidden: exceeded quota: default, requested: services=1", ApplyAnswer.Final)]
    [InlineData(403, "Forbidden", "admission webhook \"rules.example.com\" denied the request: no", ApplyAnswer.Final)]
    [InlineData(422, "Invalid", "Deployment.apps \"web\" is invalid", ApplyAnswer.Final)]
    [InlineData(400, "BadRequest", "unknown field", ApplyAnswer.Final)]
    [InlineData(409, "Conflict", "the object has been modified", ApplyAnswer.Waits)]
    [InlineData(429, "TooManyRequests", "slow down", ApplyAnswer.Waits)]
    [InlineData(500, "InternalError", "failed calling webhook \"rules.example.com\"", ApplyAnswer.Waits)]
    [InlineData(502, KubernetesError.NotKubernetes, "", ApplyAnswer.Waits)]
    public void An_answer_is_final_may_pass_or_is_waited_for(int status, string reason, string said, object answer) =>
        Assert.Equal(answer, ApplyRetries.Of(Refused(status, reason, said)));

    [Fact]
    public void An_answer_that_may_pass_is_believed_after_half_a_minute()
    {
        var (hold, failedAfter) = (default(ApplyHold), TimeSpan.Zero);
        for (var now = Start; ; now = hold.NextTryAt)
        {
            if (ApplyRetries.After(hold, Barred, now) is not { } next)
            {
                failedAfter = now - Start;
                break;
            }
            Assert.Equal((now + ApplyRetries.Pause, Start), (next.NextTryAt, next.Since));
            Assert.Contains("12:00:30", next.Diagnosis.Cause, StringComparison.Ordinal);
            hold = next;
        }
        Assert.Equal(ApplyRetries.Grace, failedAfter);
    }

    [Fact]
    public void It_has_to_be_heard_again_and_again()
    {
        var first = ApplyRetries.After(null, Barred, Start);
        // Nobody asked for an hour: Babyhelm was not running.
        var second = ApplyRetries.After(first, Barred, Start.AddHours(1));
        Assert.NotNull(second);
        var third = ApplyRetries.After(second, Barred, Start.AddHours(1).AddSeconds(5));
        Assert.NotNull(third);
        Assert.Null(ApplyRetries.After(third, Barred, Start.AddHours(1).AddSeconds(10)));
    }

    [Fact]
    public void A_cluster_that_went_away_in_between_is_given_its_time_again()
    {
        var now = Start;
        ApplyHold? hold = null;
        for (var i = 0; i < 5; i++, now += ApplyRetries.Pause) hold = ApplyRetries.After(hold, Barred, now);
        hold = ApplyRetries.After(hold, Away, now);
        now += TimeSpan.FromMinutes(10);
        hold = ApplyRetries.After(hold, Barred, now);
        Assert.Equal((Start, now, 1), (hold!.Since, hold.StreakSince, hold.Streak));
    }

    [Fact]
    public void A_cluster_in_trouble_is_asked_less_and_less_for_as_long_as_it_takes()
    {
        var broken = Refused(500, "InternalError", "failed calling webhook \"rules.example.com\"");
        var (now, hold, pauses) = (Start, default(ApplyHold), new List<double>());
        for (var i = 0; i < 2000; i++)
        {
            hold = ApplyRetries.After(hold, broken, now);
            pauses.Add((hold!.NextTryAt - now).TotalSeconds);
            now = hold.NextTryAt;
        }
        Assert.Equal([5, 10, 20, 40, 60, 60], pauses.Take(6));
        Assert.Equal(60, pauses[^1]);
        Assert.Equal(("A check of the cluster is broken", Start), (hold!.Diagnosis.Title, hold.Since));
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(1, 5)]
    [InlineData(86400, 300)]
    public void A_server_that_says_when_is_asked_then(int asked, int pause)
    {
        var busy = Refused(429, "TooManyRequests", "slow down") with { RetryAfter = TimeSpan.FromSeconds(asked) };
        Assert.Equal(Start.AddSeconds(pause), ApplyRetries.After(null, busy, Start)!.NextTryAt);
    }

    [Fact]
    public void A_cluster_that_is_away_is_asked_often()
    {
        ApplyHold? hold = null;
        for (var i = 0; i < 20; i++) hold = ApplyRetries.After(hold, Away, Start);
        Assert.Equal(Start + ApplyRetries.Pause, hold!.NextTryAt);
        Assert.Equal(DiagnosisCodes.ClusterUnreachable, hold.Diagnosis.Code);
    }

    private static KubernetesError Refused(int status, string reason, string said) => new("cluster-refused", $"The cluster answered {status}: {said}", status, reason, said, []);
}
