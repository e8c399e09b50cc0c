using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>Rules that projects write or change.</summary>
public sealed class OwnRuleTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task A_query_sees_the_own_namespace_alone_and_each_series_is_an_alert()
    {
        await using var stage = await AlertStage.SetAsync(database);
        var rules = stage.Get<AlertRules>();
        Assert.Null((await rules.SetAsync(stage.Owner, "shop", "queue", null, new RuleGiven("queue_length > 5", ForSeconds: 0), default)).Error);
        stage.Server.Series["queue_length"] = [("""{"__name__":"queue_length","namespace":"shop","queue":"a","application":"web"}""", 7), ("""{"__name__":"queue_length","namespace":"shop","queue":"b"}""", 9)];
        await stage.LookAsync();
        Assert.Contains("""queue_length{namespace=~"shop"} > 5""", stage.Server.Queries);
        var alerts = await stage.AlertsAsync("queue");
        Assert.Equal([("a", "web"), ("b", null)], alerts.Select(a => (a.Labels["queue"], a.Application)).Order());
        Assert.All(alerts, a => Assert.Equal(AlertState.Firing, a.State));
        Assert.Null((await rules.DeleteAsync(stage.Owner, "shop", "queue", null, default)).Error);
        await stage.PassAsync(TimeSpan.FromSeconds(30));
        Assert.All(await stage.AlertsAsync("queue"), a => Assert.Equal(AlertState.Resolved, a.State));
    }

    /// <summary>PostgreSQL takes neither NUL nor half a character: they must not stop the alerts of all projects.</summary>
    [Theory]
    [InlineData(198)]
    [InlineData(199)]
    public async Task Labels_that_cannot_be_stored_as_they_are_stop_nothing(int letters)
    {
        await using var stage = await AlertStage.SetAsync(database);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "odd", null, new RuleGiven("odd", ForSeconds: 0), default)).Error);
        var face = new string('a', letters) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 300));
        stage.Server.Series["odd"] = [($$"""{"x":"a\u0000b\u001bc\nd","y":"{{face}}","z":"{{face}}"}""", 7)];
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("Firing", await stage.StatesAsync("down"));
        var odd = Assert.Single(await stage.AlertsAsync("odd"));
        Assert.Equal("a\ufffdb\ufffdc d", odd.Labels["x"]);
        Assert.Equal(new string('a', letters) + "…", odd.Labels["y"]);
        Assert.StartsWith("odd is 7 for x=a\ufffdb\ufffdc d, y=aaa", odd.Summary, StringComparison.Ordinal);
        Assert.True(AlertText.CanBeStored(odd.Summary) && odd.Summary.Length <= 500, odd.Summary);
    }

    [Fact]
    public void Texts_are_cut_between_characters()
    {
        Assert.Equal("ab", AlertText.Clean("ab", 2));
        Assert.Equal("a…", AlertText.Clean("abc", 2));
        Assert.Equal("a…", AlertText.Clean("a\ud83d\ude00b", 3));
        Assert.Equal("a\ud83d\ude00", AlertText.Clean("a\ud83d\ude00", 3));
        Assert.Equal("\ufffdx", AlertText.Clean("\ud83dx", 5));
        Assert.False(AlertText.CanBeStored("a\ude00") || AlertText.CanBeStored("\ud83d") || AlertText.CanBeStored("\0"));
        Assert.True(AlertText.CanBeStored("\ud83d\ude00\ufffd\n"));
    }

    [Fact]
    public async Task Alerts_of_a_project_that_is_not_ready_keep_their_state_and_its_rules_are_not_asked()
    {
        await using var stage = await AlertStage.SetAsync(database);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "queue", null, new RuleGiven("queue_length", ForSeconds: 0), default)).Error);
        stage.Server.Series["queue_length"] = [("{}", 7)];
        await stage.LookAsync();
        Assert.Equal("Firing", await stage.StatesAsync("queue"));
        await stage.ChangeAsync(db => db.Set<Project>().ExecuteUpdateAsync(set => set.SetProperty(p => p.State, ProjectState.Provisioning)));
        stage.Server.Queries.Clear();
        stage.Server.Series.Clear();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Empty(stage.Server.Queries);
        Assert.Equal("Firing", await stage.StatesAsync("queue"));
        await stage.ChangeAsync(db => db.Set<Project>().ExecuteUpdateAsync(set => set.SetProperty(p => p.State, ProjectState.Ready)));
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("Resolved", await stage.StatesAsync("queue"));
    }

    [Fact]
    public async Task A_refusal_of_one_query_is_about_that_one_alone()
    {
        await using var stage = await AlertStage.SetAsync(database);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "queue", null, new RuleGiven("queue_length", ForSeconds: 0), default)).Error);
        stage.Server.Series["queue_length"] = [("{}", 7)];
        stage.Server.Refused = "container_cpu_usage_seconds_total";
        await stage.LookAsync();
        Assert.Equal("Firing", await stage.StatesAsync("queue"));
        Assert.Contains("cpu", (await stage.Get<AlertQueries>().ListAsync(stage.Owner, "shop", null, default)).Value.PrometheusProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Series_that_are_new_at_each_look_end_at_a_bound_that_the_rule_tells_of()
    {
        await using var stage = await AlertStage.SetAsync(database);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "many", null, new RuleGiven("many", ForSeconds: 0), default)).Error);
        for (var look = 0; look < 2; look++)
        {
            stage.Server.Series["many"] = [.. Enumerable.Range(60 * look, 60).Select(n => ($$"""{"n":"{{n}}"}""", 1.0))];
            await stage.LookAsync();
            stage.Clock.Turn(TimeSpan.FromSeconds(15));
        }
        Assert.Equal(AlertMachine.MaxOpen, (await stage.AlertsAsync("many")).Count);
        Assert.NotNull((await stage.Get<AlertRules>().ListAsync(stage.Owner, "shop", null, default)).Value.Single(r => r.Name == "many").Problem);
    }

    [Theory]
    [InlineData("queue", "rate(", null, null, "query")]
    [InlineData("queue", "up{a=\"\0\"}", null, null, "query")]
    [InlineData("queue", "(\"text\")", null, null, "query")]
    [InlineData("queue", null, null, null, "query")]
    [InlineData("Queue", "up", null, null, "name")]
    [InlineData("queue", "up", -1, null, "forSeconds")]
    [InlineData("cpu", "up", null, null, "query")]
    [InlineData("cpu", null, null, 101.0, "threshold")]
    [InlineData("down", null, null, 1.0, "threshold")]
    public async Task What_cannot_be_is_refused_by_its_field(string name, string? query, int? seconds, double? threshold, string field)
    {
        await using var stage = await AlertStage.SetAsync(database);
        var error = (await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", name, null, new RuleGiven(query, Threshold: threshold, ForSeconds: seconds), default)).Error;
        Assert.Equal(field, Assert.Single(Assert.IsType<Invalid>(error).Faults).Field);
    }

    [Fact]
    public async Task A_ready_made_rule_is_changed_for_one_application_or_all_and_put_back()
    {
        await using var stage = await AlertStage.SetAsync(database);
        var rules = stage.Get<AlertRules>();
        Assert.Null((await rules.SetAsync(stage.Owner, "shop", "down", null, new RuleGiven(ForSeconds: 600), default)).Error);
        Assert.Null((await rules.SetAsync(stage.Owner, "shop", "down", "web", new RuleGiven(Enabled: false), default)).Error);
        var own = (await rules.ListAsync(stage.Owner, "shop", "web", default)).Value.Single(r => r.Name == "down");
        Assert.Equal((false, 600, RuleOrigin.Application), (own.Enabled, own.ForSeconds, own.Origin));
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        Assert.Empty(await stage.AlertsAsync());
        Assert.Null((await rules.DeleteAsync(stage.Owner, "shop", "down", "web", default)).Error);
        Assert.Null((await rules.DeleteAsync(stage.Owner, "shop", "down", null, default)).Error);
        await stage.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("Pending", await stage.StatesAsync("down"));
        Assert.Equal("not-changed", (await rules.DeleteAsync(stage.Owner, "shop", "down", null, default)).Error!.Code);
    }

    [Fact]
    public async Task While_Prometheus_is_away_alerts_keep_their_state_and_the_page_says_so()
    {
        await using var stage = await AlertStage.SetAsync(database);
        stage.Server.Series["babyhelm_gateway_request_duration"] = [("""{"namespace":"shop","application":"web"}""", 9000)];
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal("Firing", await stage.StatesAsync("latency"));
        stage.Server.PrometheusStatus = 503;
        stage.Server.Series.Clear();
        await stage.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("Firing", await stage.StatesAsync("latency"));
        Assert.NotNull((await stage.Get<AlertQueries>().ListAsync(stage.Owner, "shop", null, default)).Value.PrometheusProblem);
        stage.Server.PrometheusStatus = 200;
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("Resolved", await stage.StatesAsync("latency"));
        Assert.Null((await stage.Get<AlertQueries>().ListAsync(stage.Owner, "shop", null, default)).Value.PrometheusProblem);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(120, false)]
    [InlineData(400, true)]
    public async Task An_anomaly_is_a_value_far_from_the_same_hour_of_past_days(double value, bool isAnomaly)
    {
        await using var stage = await AlertStage.SetAsync(database);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "orders", null, new RuleGiven("orders_total", Anomaly: true, Threshold: 4, ForSeconds: 0), default)).Error);
        stage.Server.Past = at => 100 + (10 * Math.Sin(at));
        stage.Server.Series["orders_total"] = [("{}", value)];
        await stage.LookAsync();
        Assert.Equal(isAnomaly ? "Firing" : "", await stage.StatesAsync("orders"));
    }

    [Fact]
    public void Too_little_past_says_nothing()
    {
        double[] day = [1, 2, 3, 4, 5, 6];
        Assert.Null(Baseline.Of([day, day]));
        Assert.Null(Baseline.Of([day, day, [1, 2]]));
        Assert.Equal(3.5, Baseline.Of([day, day, day])!.Mean);
        Assert.Equal(0, new Baseline(0, 0, 7).Deviation(0));
        Assert.Equal(2, new Baseline(100, 0, 7).Deviation(110), 6);
    }

    /// <summary>The queries of the ready-made rules, and a rule of one's own, as a real Prometheus takes them.</summary>
    [Fact]
    public async Task A_real_Prometheus_takes_every_query()
    {
        var real = (await TestPrometheus.All).Url.ToString();
        await using var stage = await AlertStage.SetAsync(database, new Dictionary<string, string?> { ["Prometheus:Url"] = real }, prometheus: false);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "always", null, new RuleGiven("vector(3)", Threshold: 2, ForSeconds: 0), default)).Error);
        Assert.Null((await stage.Get<AlertRules>().SetAsync(stage.Owner, "shop", "wrong", null, new RuleGiven("up == on(x) group_left up", ForSeconds: 0), default)).Error);
        await stage.LookAsync();
        Assert.Equal("Firing", await stage.StatesAsync("always"));
        Assert.Null((await stage.Get<AlertQueries>().ListAsync(stage.Owner, "shop", null, default)).Value.PrometheusProblem);
    }
}
