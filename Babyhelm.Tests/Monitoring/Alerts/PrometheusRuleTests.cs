using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Rollouts;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>The ready-made rules that need Prometheus, with a real one and a clock that is turned over what it holds.</summary>
public sealed class PrometheusRuleTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    [Fact]
    public async Task They_fire_and_resolve_by_what_a_real_Prometheus_answers()
    {
        var prometheus = await TestPrometheus.Trouble;
        await using var stage = await AlertStage.SetAsync(database, new Dictionary<string, string?> { ["Prometheus:Url"] = prometheus.Url.ToString() });
        stage.Cache.Apply(ReadyMadeRuleTests.Limited(Make.ReadyPod()));
        stage.Cache.Apply(new PersistentVolumeClaim { Metadata = Make.Meta("web-data", 1) });
        var rules = ReadyMadeRule.All.Where(r => r.NeedsPrometheus).Select(r => r.Name).Order().ToList();
        await stage.LookAsync();
        await stage.PassAsync(TroubleData.BadFrom - TimeSpan.FromMinutes(1) - Make.T0);
        Assert.Empty(await stage.AlertsAsync());

        // The longest takes 10 minutes, after the 5 that its rate looks back on.
        await stage.PassAsync(TimeSpan.FromMinutes(21));
        var alerts = await stage.AlertsAsync();
        Assert.Equal(rules, alerts.Select(a => a.Rule).Order());
        Assert.All(alerts, a => Assert.Equal((AlertState.Firing, "web"), (a.State, a.Application)));
        Assert.Equal(
            [("cpu", 95), ("errors", 12.5), ("latency", 4500), ("memory", 97), ("volume", 93)],
            alerts.OrderBy(a => a.Rule, StringComparer.Ordinal).Select(a => (a.Rule, Math.Round(a.Value, 1))));

        await stage.PassAsync(TroubleData.BadUntil.AddMinutes(8) - stage.Clock.GetUtcNow());
        alerts = await stage.AlertsAsync();
        Assert.Equal(rules, alerts.Select(a => a.Rule).Order());
        Assert.All(alerts, a => Assert.Equal(AlertState.Resolved, a.State));
    }
}
