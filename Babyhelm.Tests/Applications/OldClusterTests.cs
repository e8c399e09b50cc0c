using System.Text.Json.Nodes;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Cluster;
using Babyhelm.Tests.Kubernetes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Discovery = Babyhelm.Core.Sandbox.Api.Discovery;

namespace Babyhelm.Tests.Applications;

/// <summary>What a cluster does not serve is refused when it is asked for, and explained where that was not known yet. The cluster is as Kubernetes 1.20 is.</summary>
public sealed class OldClusterTests : IAsyncLifetime
{
    private const string NoCron = "This cluster does not serve batch/v1 CronJob. Cron applications can't be deployed. Upgrade the cluster to Kubernetes 1.21 or newer.";
    private static readonly AppSpec Cron = new() { Name = "tidy", Image = "acme/tidy:1", Kind = AppKind.Cron, Schedule = "0 3 * * *", Expose = new() { Type = ExposeType.None } };
    private static readonly AppSpec Scaled = new() { Name = "web", Image = "nginx:1.27", Ports = [new(80, 8080)], Autoscale = new(2, 8, 70, 80) };

    private readonly SecretValues _secrets = new(new EphemeralDataProtectionProvider());
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ClusterMonitor _monitor = null!;
    private ReleaseFactory _releases = null!;
    private int _batchStatus = 200;
    private int _readyStatus = 404; // not every server can be asked
    private bool _starting;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync(AnswerAsync);
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"));
        _monitor = new ClusterMonitor(_client, new ClusterPulse(_client, TimeProvider.System), TimeProvider.System, NullLogger<ClusterMonitor>.Instance);
        _releases = new ReleaseFactory(new CurrentTemplates(), _secrets, _monitor, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        _monitor.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_cron_application_is_refused_with_the_field_and_the_reason()
    {
        await _monitor.CheckAsync(default);
        Assert.Equal([ResourceType.CronJobs, ResourceType.HorizontalPodAutoscalers], ResourceType.All.Where(_monitor.Lacks));
        var app = App(Cron);
        Assert.Equal(new Fault("kind", NoCron), Assert.Single(Assert.IsType<Invalid>(Make(app).Error).Faults));
        Assert.Equal((0, null), (app.LatestRelease, app.Drift));
    }

    [Fact]
    public async Task An_application_that_asks_for_autoscaling_runs_without_and_is_told()
    {
        await _monitor.CheckAsync(default);
        var release = Make(App(Scaled)).Value;
        Assert.Equal([DeployApplication.NoAutoscaling], release.Warnings);
        Assert.DoesNotContain("HorizontalPodAutoscaler", release.Manifests, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_refused_that_may_be_served()
    {
        Assert.Null(Make(App(Cron)).Error); // the cluster was not asked yet
        _batchStatus = 503;
        await _monitor.CheckAsync(default);
        Assert.Null(Make(App(Cron)).Error); // it did not answer this once
    }

    [Fact]
    public async Task What_a_starting_server_leaves_out_is_not_taken_for_missing()
    {
        (_readyStatus, _starting) = (500, true);
        await _monitor.CheckAsync(default);
        Assert.Equal("cluster-starting", _monitor.Facts.Problem?.Code);
        Assert.DoesNotContain(ResourceType.All, _monitor.Lacks);
        Assert.Null(Make(App(Cron)).Error);

        (_readyStatus, _starting) = (200, false);
        await _monitor.CheckAsync(default);
        Assert.Null(_monitor.Facts.Problem);
        Assert.Contains(ResourceType.CronJobs, ResourceType.All.Where(_monitor.Lacks));

        // What was known stays while it starts again.
        (_readyStatus, _starting) = (500, true);
        await _monitor.CheckAsync(default);
        Assert.False(_monitor.Lacks(ResourceType.Deployments));
        Assert.True(_monitor.Lacks(ResourceType.CronJobs));
    }

    [Fact]
    public async Task A_release_from_before_the_cluster_was_known_fails_with_the_reason()
    {
        var release = Make(App(Cron)).Value;
        var rollback = new AutomaticRollback(_releases, new(TimeProvider.System, NullLogger<ClusterCache>.Instance), _secrets, TimeProvider.System, NullLogger<AutomaticRollback>.Instance);
        var applier = new ReleaseApplier(_client, new ReleaseSecrets(new NoDatabase(), _secrets, new(new EphemeralDataProtectionProvider())), new(new NoDatabase(), rollback, _secrets, new NoWork(), new(new TestMeters()), TimeProvider.System));
        var error = (await applier.ApplyAsync(release, default)).Error!;
        Assert.Equal(ApplyAnswer.MayPass, ApplyRetries.Of(error));
        var diagnosis = ApplyDiagnosis.Of(error);
        Assert.Equal((DiagnosisCodes.Rejected, "The cluster is too old for this application", NoCron), (diagnosis.Code, diagnosis.Title, diagnosis.Cause));
        Assert.NotEmpty(diagnosis.NextStep);
    }

    private Result<Release> Make(Application app) => _releases.Make(app, "shop", "bh-shop", new ReleasePlan(app.Spec, new Dictionary<string, string>(), null, "ann"), new PlatformSettings());

    private static Application App(AppSpec spec) => new() { ProjectId = Guid.NewGuid(), Name = spec.Name, HostLabel = $"{spec.Name}-shop", Spec = spec };

    private Task AnswerAsync(Exchange exchange) => exchange.PathAndQuery switch
    {
        "/readyz" => exchange.AnswerAsync(_readyStatus, _readyStatus == 200 ? "ok" : "[-]poststarthook/apiservice-registration-controller failed", "text/plain"),
        "/version" => exchange.AnswerAsync(200, """{"major":"1","minor":"20","gitVersion":"v1.20.2"}"""),
        "/api" => Json(exchange, Discovery.Core("")),
        "/api/v1" => Json(exchange, Discovery.Resources("", "v1")!),
        "/apis" => Json(exchange, _starting ? Objects.Parse("""{"kind":"APIGroupList","apiVersion":"v1","groups":[]}""") : Groups()),
        "/apis/batch/v1" => _batchStatus == 200 ? Json(exchange, WithoutCronJobs()) : exchange.AnswerAsync(_batchStatus, "no", "text/plain"),
        "/apis/apps/v1" => Json(exchange, Discovery.Resources("apps", "v1")!),
        "/apis/networking.k8s.io/v1" => Json(exchange, Discovery.Resources("networking.k8s.io", "v1")!),
        _ => exchange.AnswerAsync(404, "404 page not found\n", "text/plain"),
    };

    private static Task Json(Exchange exchange, JsonObject body) => exchange.AnswerAsync(200, body.ToJsonString());

    private static JsonObject Groups()
    {
        var all = Discovery.GroupList();
        foreach (var group in all["groups"]!.AsArray().Where(g => g!["name"]!.GetValue<string>() is not ("apps" or "batch" or "networking.k8s.io")).ToList())
            all["groups"]!.AsArray().Remove(group);
        return all;
    }

    private static JsonObject WithoutCronJobs()
    {
        var batch = Discovery.Resources("batch", "v1")!;
        foreach (var cron in batch["resources"]!.AsArray().Where(r => r!["kind"]!.GetValue<string>() == "CronJob").ToList())
            batch["resources"]!.AsArray().Remove(cron);
        return batch;
    }

    private sealed class NoDatabase : IDbContextFactory<BabyhelmDbContext>
    {
        public BabyhelmDbContext CreateDbContext() => throw new InvalidOperationException("Nothing is to be stored.");
    }

    private sealed class NoWork : IWorkQueue
    {
        public Task EnqueueAsync(WorkItem item, CancellationToken cancellation) => throw new InvalidOperationException("Nothing is to be done.");
    }
}
