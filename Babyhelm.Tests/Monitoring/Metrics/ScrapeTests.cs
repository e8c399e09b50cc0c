using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Monitoring.Metrics;

/// <summary>A real Prometheus finds every series that panels and alerts ask for, by the configuration that Babyhelm writes.</summary>
public sealed class ScrapeTests(ScrapedBabyhelm scraped) : IClassFixture<ScrapedBabyhelm>
{
    private string Own => $"namespace=\"bh-{scraped.Project}\"";

    [Fact]
    public async Task Every_target_is_up()
    {
        var up = await scraped.UntilAsync("up == 1", s => s.Count == 4);
        Assert.Equal(["babyhelm", "babyhelm-cluster", "kubelet", "kubelet-cadvisor"], up.Select(s => s["job"]).Order());
        Assert.All(up.Where(s => s["job"].StartsWith("kubelet", StringComparison.Ordinal)), s => Assert.Equal("sandbox", s["node"]));
        await scraped.UntilAsync("kubelet_running_pods{job=\"kubelet\"}", s => s.Count == 1 && s[0].Value > 0);
    }

    [Fact]
    public async Task Panels_show_what_is_scraped()
    {
        // A rate needs two samples of a request's series before the panel's last point.
        var panels = await Eventually.GetAsync(async () =>
        {
            await scraped.VisitAsync();
            return (await scraped.User.GetAsync($"projects/{scraped.Project}/apps/web/metrics?range=15m")).AssertStatus(200)["panels"]!.AsArray();
        }, all => all.All(p => p!["state"]!.GetValue<string>() == "ready"), context: () => scraped.App.Output);
        Assert.Equal(8, panels.Count);
        Assert.Equal([0.05, 0.5], Last("cpu").Skip(1));
        Assert.Equal([64 << 20, 256 << 20], Last("memory").Skip(1));
        Assert.Equal([1, 1], Last("replicas"));
        Assert.Equal([0], Last("restarts"));

        IEnumerable<double> Last(string panel) => panels.Single(p => p!["panel"]!.GetValue<string>() == panel)!["series"]!.AsArray()
            .Select(line => line!["values"]!.AsArray().Last(v => v is not null)!.GetValue<double>());
    }

    [Fact]
    public async Task Requests_show_in_the_series_of_the_gateway_and_of_the_pod_that_answered_them()
    {
        var query = $"sum by (application, code, release) (babyhelm_gateway_requests_total{{{Own}}})";
        var cpu = $"container_cpu_usage_seconds_total{{{Own},container=\"web\"}}";
        var sent = $"container_network_transmit_bytes_total{{{Own},interface=\"eth0\"}}";
        var before = (Cpu: (await scraped.UntilAsync(cpu, s => s.Count == 1))[0].Value, Sent: (await scraped.UntilAsync(sent, s => s.Count == 1))[0].Value);
        for (var i = 0; i < 100; i++) await scraped.VisitAsync("/status/404");
        for (var i = 0; i < 3; i++) await scraped.VisitAsync("/status/503");

        // Other tests visit too, but get no errors.
        var counted = await scraped.UntilAsync(query, s => s.Where(x => x["code"] is "4xx" or "5xx").Sum(x => x.Value) >= 103);
        Assert.Equal(100, counted.Single(s => s["code"] == "4xx").Value);
        Assert.Equal(3, counted.Single(s => s["code"] == "5xx").Value);
        Assert.All(counted, s => Assert.Equal(("web", "1"), (s["application"], s["release"])));
        // 2 ms for each request, beside what it uses while idle.
        var used = Assert.Single(await scraped.UntilAsync(cpu, s => s[0].Value >= before.Cpu + 0.2));
        Assert.Equal("docker.io/demo/hello:1", used["image"]);
        Assert.Equal("total", used["cpu"]);
        Assert.NotEmpty(used["id"]);
        await scraped.UntilAsync(sent, s => s[0].Value >= before.Sent + 103 * 180);
        await scraped.UntilAsync($"babyhelm_gateway_request_duration_seconds_count{{{Own},application=\"web\"}}", s => s.Count == 1 && s[0].Value >= 103);
        await scraped.UntilAsync($"namespace_pod:container_cpu_usage_seconds:rate5m{{{Own}}}", s => s.Count == 1 && s[0].Value > 0);
        await scraped.UntilAsync($"namespace_application_code:babyhelm_gateway_requests:rate5m{{{Own}}}", s => s.Count >= 2);
    }

    [Fact]
    public async Task The_state_of_the_cluster_has_the_names_of_kube_state_metrics()
    {
        foreach (var (query, value) in new[]
        {
            ("kube_deployment_spec_replicas{OWN,deployment=\"web\"}", 1d), ("kube_deployment_status_replicas_ready{OWN,deployment=\"web\"}", 1),
            ("kube_deployment_status_replicas_available{OWN,deployment=\"web\"}", 1), ("kube_pod_status_phase{OWN,phase=\"Running\"}", 1),
            ("kube_pod_status_phase{OWN,phase=\"Failed\"}", 0), ("kube_pod_status_ready{OWN,condition=\"true\"}", 1),
            ("kube_pod_container_status_restarts_total{OWN,container=\"web\"}", 0),
            ("kube_pod_container_resource_requests{OWN,container=\"web\",resource=\"cpu\",unit=\"core\",node=\"sandbox\"}", 0.05),
            ("kube_pod_container_resource_limits{OWN,container=\"web\",resource=\"memory\",unit=\"byte\"}", 256 << 20),
            ("kube_pod_info{OWN,node=\"sandbox\",created_by_kind=\"ReplicaSet\"}", 1), ("kube_pod_labels{OWN,label_babyhelm_dev_app=\"web\",label_babyhelm_dev_release=\"1\"}", 1),
            ("kubelet_volume_stats_capacity_bytes{OWN}", 1 << 30), ("kubelet_volume_stats_available_bytes{OWN} + kubelet_volume_stats_used_bytes{OWN}", 1 << 30),
            ("kube_resourcequota{OWN,resource=\"pods\",type=\"used\"}", 1),
        })
            Assert.Equal(value, Assert.Single(await scraped.UntilAsync(query.Replace("OWN", Own, StringComparison.Ordinal), s => s.Count == 1 && Math.Abs(s[0].Value - value) < 1e-9)).Value);
        // What a container uses can be joined with what it may use.
        await scraped.UntilAsync($"sum by (namespace, pod, container) (container_memory_working_set_bytes{{{Own},container!=\"\"}}) / on (namespace, pod, container) kube_pod_container_resource_limits{{resource=\"memory\"}}",
            s => s.Count == 1 && s[0].Value is > 0 and <= 1);
    }

    [Theory]
    [InlineData("babyhelm_job_runs_total{job=\"reconcile-application\"}")]
    [InlineData("babyhelm_rollout_duration_seconds_count{outcome=\"live\"}")]
    [InlineData("babyhelm_informer_objects{kind=\"Pod\"}")]
    [InlineData("babyhelm_informer_relists_total{kind=\"Deployment\"}")]
    [InlineData("http_server_request_duration_seconds_count")]
    [InlineData("kestrel_active_connections")]
    [InlineData("dotnet_process_memory_working_set_bytes")]
    public async Task Babyhelm_shows_itself(string query) => await scraped.UntilAsync(query, s => s.Count > 0 && s.Sum(x => x.Value) > 0);

    [Fact]
    public async Task A_user_reads_the_own_series_through_Babyhelm_and_nobody_else_does()
    {
        using var stranger = await ApiUser.RegisterAsync(scraped.App);
        const string Path = "/api/v1/prometheus/api/v1/query?query=";
        var query = Uri.EscapeDataString("count by (__name__) ({__name__=~\"container_cpu_usage_seconds_total|kube_pod_info|babyhelm_gateway_requests_total\"})");
        await scraped.VisitAsync();
        var own = await Eventually.GetAsync(() => scraped.User.GetAsync(Path + query), a => a.Status == 200 && ScrapedBabyhelm.Read(a.Json).Count == 3);
        Assert.Equal(200, own.Status);
        var foreign = (await stranger.GetAsync(Path + query)).AssertStatus(200);
        Assert.Empty(ScrapedBabyhelm.Read(foreign.Json));
        // Babyhelm's own series are for nobody there, as they have no namespace.
        Assert.Empty(ScrapedBabyhelm.Read((await scraped.User.GetAsync(Path + "babyhelm_job_runs_total")).AssertStatus(200).Json));
    }

    [Fact]
    public async Task The_first_user_who_is_the_admin_reads_the_platforms_figures()
    {
        await scraped.VisitAsync();
        var report = await Eventually.GetAsync(() => scraped.User.GetAsync("admin/platform"), a => a.Status == 200 && a["jobs"]!.AsArray().Count > 0
            && a["informers"]!.AsArray().Any(i => i!["kind"]!.GetValue<string>() == "Pod" && i["objects"]!.GetValue<long>() == 1) && a["gateway"]!["perSecond"]?.GetValue<double>() > 0);
        Assert.True(report["memory"]!.GetValue<long>() > 10 << 20);
        Assert.Equal("live", report["rollouts"]!.AsArray().Single()!["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task Both_expositions_are_what_Prometheus_reads()
    {
        await scraped.VisitAsync();
        using var client = scraped.App.CreateClient();
        foreach (var path in new[] { "/metrics", "/metrics/cluster" })
        {
            using var plain = await client.GetAsync(path);
            Assert.Equal("text/plain; version=0.0.4; charset=utf-8", plain.Content.Headers.ContentType!.ToString());
            Assert.Equal("", await Promtool.CheckMetricsAsync(await plain.Content.ReadAsStringAsync()));
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" } } };
            using var open = await client.SendAsync(request);
            Assert.Equal("application/openmetrics-text", open.Content.Headers.ContentType!.MediaType);
            Assert.EndsWith("\n# EOF\n", await open.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host", "babyhelm.example.com")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("X-Forwarded-Host", "localhost")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Grafana-User", "anybody")]
    [InlineData("X-Babyhelm-DataSource-Token", "anything")]
    [InlineData("Authorization", "Bearer anything")]
    public async Task Only_who_asks_on_this_machine_under_its_own_name_may_read(string header, string value)
    {
        using var client = scraped.App.CreateClient();
        foreach (var path in new[] { "/metrics", "/metrics/cluster" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var answer = await client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Equal(header == "Authorization" ? 200 : 403, (int)answer.StatusCode);
            if (header != "Authorization") Assert.DoesNotContain("# TYPE", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_credentials_are_for_the_owner_alone()
    {
        foreach (var file in new[] { "cluster-ca.pem", "cluster-token", "prometheus.yml", "nodes.json" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(scraped.Folder, file)));
        var text = File.ReadAllText(Path.Combine(scraped.Folder, "prometheus.yml"));
        Assert.DoesNotContain(File.ReadAllText(Path.Combine(scraped.Folder, "cluster-token")), text, StringComparison.Ordinal);
        Assert.IsType<JsonObject>(JsonNode.Parse(text));
    }
}
