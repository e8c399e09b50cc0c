using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Rollouts;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>Each ready-made rule fires once its time is over and is over once it holds no more, by a clock that is turned.</summary>
public sealed class ReadyMadeRuleTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    public static TheoryData<string> Rules => [.. ReadyMadeRule.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task It_fires_and_resolves(string name)
    {
        await using var stage = await AlertStage.SetAsync(database);
        var rule = ReadyMadeRule.Of(name)!;
        await stage.LookAsync();
        Assert.Empty(await stage.AlertsAsync());

        var well = await Bad(stage, rule.Kind);
        stage.Clock.Turn(TimeSpan.FromSeconds(30));
        await stage.LookAsync();
        if (rule.For > TimeSpan.Zero)
        {
            Assert.Equal("Pending", await stage.StatesAsync(name));
            await stage.PassAsync(rule.For - TimeSpan.FromSeconds(30));
            Assert.Equal(rule.For > TimeSpan.FromMinutes(3) ? "Firing" : "Pending", await stage.StatesAsync(name)); // over longer times, steps are of a minute
            await stage.PassAsync(TimeSpan.FromSeconds(30));
        }
        var alert = Assert.Single(await stage.AlertsAsync());
        Assert.Equal((name, AlertState.Firing, rule.Severity, rule.OfProject ? null : "web"), (alert.Rule, alert.State, alert.Severity, alert.Application));
        Assert.Contains(rule.OfProject ? "shop" : rule.Kind == AlertKind.Certificate ? "example.com" : "web", alert.Summary, StringComparison.Ordinal);

        await well();
        stage.Clock.Turn(TimeSpan.FromSeconds(30));
        await stage.LookAsync();
        Assert.Equal("Firing", await stage.StatesAsync(name)); // not over for long enough
        await stage.PassAsync(rule.Kind == AlertKind.Certificate ? TimeSpan.FromMinutes(62) : TimeSpan.FromMinutes(1));
        Assert.Equal("Resolved", await stage.StatesAsync(name));
    }

    /// <summary>Rules of the cluster and the database need no Prometheus; the others say that they do.</summary>
    [Fact]
    public async Task Without_Prometheus_the_rules_of_the_cluster_work_and_the_others_say_what_they_need()
    {
        await using var stage = await AlertStage.SetAsync(database, prometheus: false);
        foreach (var kind in new[] { AlertKind.Down, AlertKind.CrashLooping, AlertKind.Quota, AlertKind.RolloutFailed })
            await Bad(stage, kind);
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["crash-looping", "down", "quota", "rollout-failed"], (await stage.AlertsAsync()).Where(a => a.State == AlertState.Firing).Select(a => a.Rule).Order());
        var rules = (await stage.Get<AlertRules>().ListAsync(stage.Owner, "shop", null, default)).Value;
        Assert.Equal(ReadyMadeRule.All.Where(r => r.NeedsPrometheus).Select(r => r.Name), rules.Where(r => r.Problem is not null).Select(r => r.Name));
        Assert.Equal("Prometheus is not set up.", (await stage.Get<Core.Monitoring.Alerts.AlertQueries>().ListAsync(stage.Owner, "shop", null, default)).Value.PrometheusProblem);
    }

    /// <summary>Makes it bad; answers what makes it well again.</summary>
    private static async Task<Func<Task>> Bad(AlertStage stage, AlertKind kind)
    {
        var pod = Make.ReadyPod();
        switch (kind)
        {
            case AlertKind.Down:
                stage.Cache.Apply(Make.Deployment(available: 0));
                break;
            case AlertKind.CrashLooping:
                stage.Cache.Apply(Make.Pod(state: Make.Waiting("CrashLoopBackOff"), last: Make.Ended(3, 1), restarts: 0));
                break;
            case AlertKind.Restarts:
                stage.Cache.Apply(Make.Pod(state: Make.Running(1), restarts: 3, ready: true));
                return () =>
                {
                    stage.Clock.Turn(TimeSpan.FromMinutes(15)); // the restarts stay counted on the cluster
                    return Task.CompletedTask;
                };
            case AlertKind.RolloutFailed:
                var failed = stage.NewRelease(2, ReleaseState.Failed, stage.Clock.GetUtcNow());
                await stage.ChangeAsync(db => { db.Add(failed); return db.SaveChangesAsync(); });
                return () => stage.ChangeAsync(db => { db.Add(stage.NewRelease(3, ReleaseState.Superseded)); return db.SaveChangesAsync(); });
            case AlertKind.Cpu or AlertKind.Memory:
                stage.Cache.Apply(Limited(pod));
                return Series(stage, kind == AlertKind.Cpu ? "container_cpu_usage" : "container_memory_working_set", $$"""{"namespace":"shop","pod":"{{pod.Metadata.Name}}","container":"web"}""",
                    kind == AlertKind.Cpu ? 0.95 : 97e6);
            case AlertKind.Errors:
                return Series(stage, "babyhelm_gateway_requests_total", """{"namespace":"shop","application":"web"}""", 12.5);
            case AlertKind.Latency:
                return Series(stage, "babyhelm_gateway_request_duration", """{"namespace":"shop","application":"web"}""", 2500);
            case AlertKind.Volume:
                stage.Cache.Apply(new PersistentVolumeClaim { Metadata = Make.Meta("web-data", 1) });
                return Series(stage, "kubelet_volume_stats", """{"namespace":"shop","persistentvolumeclaim":"web-data"}""", 93);
            case AlertKind.Certificate:
                stage.Server.Certificate = Certificate(stage.Clock.GetUtcNow().AddDays(10));
                stage.Cache.Apply(new Ingress { Metadata = Make.Meta("web", 1), Spec = new IngressSpec { Tls = [new IngressTls { Hosts = ["web.example.com"], SecretName = "web-tls" }] } });
                return () =>
                {
                    stage.Server.Certificate = Certificate(stage.Clock.GetUtcNow().AddDays(90));
                    return Task.CompletedTask;
                };
            case AlertKind.Quota:
                stage.Cache.Apply(Quota("950m"));
                return () =>
                {
                    stage.Cache.Apply(Quota("500m"));
                    return Task.CompletedTask;
                };
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "No way to break it is known.");
        }
        return () =>
        {
            stage.Well();
            return Task.CompletedTask;
        };
    }

    private static Func<Task> Series(AlertStage stage, string query, string labels, double value)
    {
        stage.Server.Series[query] = [(labels, value), ("""{"namespace":"another","application":"web","pod":"web-h1-p1","container":"web"}""", 1e9)];
        return () =>
        {
            stage.Server.Series[query] = [(labels, value / 10)];
            return Task.CompletedTask;
        };
    }

    /// <summary>With limits of 1 core and 100 MB.</summary>
    internal static Pod Limited(Pod pod) => pod with
    {
        Spec = pod.Spec with { Containers = [pod.Spec.Containers![0] with { Resources = new ContainerResources { Limits = new Dictionary<string, string> { ["cpu"] = "1", ["memory"] = "100M" } } }] },
    };

    private static ResourceQuota Quota(string used) => new()
    {
        Metadata = Make.Meta("babyhelm", 0),
        Status = new ResourceQuotaStatus { Hard = new Dictionary<string, string> { ["requests.cpu"] = "1" }, Used = new Dictionary<string, string> { ["requests.cpu"] = used } },
    };

    private static string Certificate(DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=web.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(end.AddDays(-100), end);
        return certificate.ExportCertificatePem();
    }
}
