using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Common;
using static Babyhelm.Tests.Sandbox.SandboxFixture;

namespace Babyhelm.Tests.Sandbox;

public sealed class WorkloadTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private static string Apps(string ns) => $"/apis/apps/v1/namespaces/{ns}/deployments/web";

    [Fact]
    public async Task Pods_answer_over_http_with_the_names_but_never_the_values_of_their_environment()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", container: "env: [{name: TOKEN, value: s3cret}, {name: PORT, value: '9000'}]"), 201);
        await sandbox.ReadyAsync(ns, "web", 1);
        var pod = (await PodsAsync(ns)).Single()!;
        using var http = new HttpClient();
        var uri = Address(pod);
        var text = await http.GetStringAsync(uri);
        Assert.StartsWith("hello from demo/hello:1", text, StringComparison.Ordinal);
        Assert.Contains("TOKEN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, "/healthz"));
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await http.SendAsync(request);
        Assert.Equal(Text(pod, "metadata", "name"), Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync()), "pod"));
        var log = (await sandbox.SendAsync("GET", $"/api/v1/namespaces/{ns}/pods/{Text(pod, "metadata", "name")}/log")).GetValue<string>();
        Assert.Contains("\"GET /healthz\" 200", log, StringComparison.Ordinal);
        var tail = (await sandbox.SendAsync("GET", $"/api/v1/namespaces/{ns}/pods/{Text(pod, "metadata", "name")}/log?tailLines=1")).GetValue<string>();
        Assert.Single(tail.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_port_below_1024_is_reached_through_the_resolver()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1").Replace("8080", "80", StringComparison.Ordinal), 201);
        await sandbox.ReadyAsync(ns, "web", 1);
        var pod = (await PodsAsync(ns)).Single()!;
        var real = sandbox.Cluster.Resolve(new(IPAddress.Parse(Text(pod, "status", "podIP")!), 80));
        using var http = new HttpClient();
        Assert.StartsWith("hello", await http.GetStringAsync(new Uri($"http://{real}/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rolling_update_keeps_old_pods_until_new_ones_are_ready_and_loses_no_request()
    {
        await using var patient = await PatientAsync();
        var sandbox = patient.Fixture;
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/services/web", "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}", 201);
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", 2, container: Probe), 201);
        await sandbox.ReadyAsync(ns, "web", 2);
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentQueue<string>();
        var client = RequestsAsync(sandbox, ns, answers, stop.Token);
        await Wait.UntilAsync(() => !answers.IsEmpty);
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:2", 2, container: Probe), 200);
        await foreach (var e in sandbox.WatchAsync($"/apis/apps/v1/namespaces/{ns}/deployments?watch=true"))
        {
            var d = e["object"]!;
            Assert.True(Number(d, "status", "availableReplicas") >= 2, "never fewer than wanted are available");
            Assert.InRange(Number(d, "status", "replicas"), 2, 3);
            if (Number(d, "status", "observedGeneration") == 2 && Number(d, "status", "updatedReplicas") == 2 && Number(d, "status", "replicas") == 2) break;
        }
        await stop.CancelAsync();
        Assert.Empty(await client);
        Assert.Contains(answers, a => a.StartsWith("hello from demo/hello:1", StringComparison.Ordinal));
        var sets = (await sandbox.GetAsync($"/apis/apps/v1/namespaces/{ns}/replicasets"))["items"]!.AsArray();
        Assert.Equal([0, 2], sets.Select(s => Number(s, "spec", "replicas")).Order());
    }

    [Fact]
    public async Task A_stopping_pod_finishes_what_it_has_begun()
    {
        await using var patient = await PatientAsync();
        var sandbox = patient.Fixture;
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", container: Probe).Replace("terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: 600", StringComparison.Ordinal), 201);
        await sandbox.ReadyAsync(ns, "web", 1);
        var pod = (await PodsAsync(sandbox, ns)).Single()!;
        using var http = new HttpClient();
        // Longer than the pod goes on taking requests.
        var slow = http.GetStringAsync(new Uri(Address(sandbox, pod), "/delay/6000"));
        await sandbox.SendAsync("DELETE", $"/api/v1/namespaces/{ns}/pods/{Text(pod, "metadata", "name")}", expect: 200);
        Assert.StartsWith("hello", await slow, StringComparison.Ordinal);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => Text(p, "metadata", "name") != Text(pod, "metadata", "name"));
    }

    [Fact]
    public async Task A_wrong_probe_port_never_gets_ready()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", container: "readinessProbe: {tcpSocket: {port: 9999}, periodSeconds: 1}"), 201);
        var unhealthy = await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/events", e => Text(e, "reason") == "Unhealthy");
        Assert.Matches(@"^Readiness probe failed: dial tcp 127\.[0-9.]+:9999: connect: connection refused$", Text(unhealthy, "message"));
        Assert.Equal(0, Number(await sandbox.GetAsync(Apps(ns)), "status", "readyReplicas"));
    }

    [Fact]
    public async Task A_failing_liveness_probe_restarts_the_container()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", container: "livenessProbe: {httpGet: {path: /status/500, port: 8080}, periodSeconds: 1, failureThreshold: 2}"), 201);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/events", e => Text(e, "message") == "Container web failed liveness probe, will be restarted");
        var pod = await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => Number(p["status"]?["containerStatuses"]?[0], "restartCount") > 0);
        Assert.Equal(137, Number(pod["status"]!["containerStatuses"]![0], "lastState", "terminated", "exitCode"));
    }

    [Fact]
    public async Task Following_a_log_goes_on_until_the_container_ends()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1"), 201);
        await sandbox.ReadyAsync(ns, "web", 1);
        var pod = (await PodsAsync(ns)).Single()!;
        using var deadline = new CancellationTokenSource(Deadline);
        using var answer = await sandbox.Http.GetAsync($"/api/v1/namespaces/{ns}/pods/{Text(pod, "metadata", "name")}/log?follow=true", HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(deadline.Token));
        Assert.Equal("web listening on 8080", await reader.ReadLineAsync(deadline.Token));
        using var http = new HttpClient();
        await http.PostAsync(new Uri(Address(pod), "/exit/4"), null);
        Assert.Contains("POST /exit/4", await reader.ReadLineAsync(deadline.Token), StringComparison.Ordinal);
        Assert.Null(await reader.ReadLineAsync(deadline.Token));
        var restarted = await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => Number(p["status"]!["containerStatuses"]?[0], "restartCount") == 1);
        Assert.Equal(4, Number(restarted["status"]!["containerStatuses"]![0], "lastState", "terminated", "exitCode"));
    }

    [Fact]
    public async Task Scaling_through_the_subresource_moves_the_generation_and_the_endpoints()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/services/web", "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}", 201);
        await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1"), 201);
        await sandbox.ReadyAsync(ns, "web", 1);
        var scale = await sandbox.SendAsync("PATCH", Apps(ns) + "/scale", "{\"spec\":{\"replicas\":3}}", "application/merge-patch+json", 200);
        Assert.Equal(3, Number(scale, "spec", "replicas"));
        Assert.Equal(2, Number(await sandbox.ReadyAsync(ns, "web", 3), "metadata", "generation"));
        var slice = await sandbox.UntilAsync($"/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", s => s["endpoints"]!.AsArray().Count(e => e!["conditions"]!["ready"]!.GetValue<bool>()) == 3);
        Assert.Equal(8080, Number(slice["ports"]![0], "port"));
        var conflict = await sandbox.ApplyAsync(Apps(ns), Deployment("demo/hello:1", 2), 409, "fieldManager=babyhelm");
        Assert.Equal(".spec.replicas", Text(conflict["details"]!["causes"]![0], "field"));
        await sandbox.SendAsync("PATCH", Apps(ns) + "/scale", "{\"spec\":{\"replicas\":0}}", "application/merge-patch+json", 200);
        await sandbox.ReadyAsync(ns, "web", 0);
    }

    [Fact]
    public async Task A_job_completes_and_a_crashing_one_gives_up()
    {
        var ns = await sandbox.NamespaceAsync();
        foreach (var (name, image) in new[] { ("good", "demo/hello:1"), ("bad", "demo/crash:1") })
            await sandbox.ApplyAsync($"/apis/batch/v1/namespaces/{ns}/jobs/{name}",
                $"{{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{backoffLimit: 1, template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: '{image}'}}]}}}}}}}}", 201);
        await sandbox.UntilAsync($"/apis/batch/v1/namespaces/{ns}/jobs", j => Text(j, "metadata", "name") == "good" && j["status"]!["conditions"]?.ToJsonString().Contains("Complete", StringComparison.Ordinal) == true);
        var failed = await sandbox.UntilAsync($"/apis/batch/v1/namespaces/{ns}/jobs", j => Text(j, "metadata", "name") == "bad" && j["status"]!["conditions"]?.ToJsonString().Contains("BackoffLimitExceeded", StringComparison.Ordinal) == true);
        Assert.Equal(2, Number(failed, "status", "failed"));
    }

    private Task<JsonArray> PodsAsync(string ns) => PodsAsync(sandbox, ns);

    private Uri Address(JsonNode pod) => Address(sandbox, pod);

    private static async Task<JsonArray> PodsAsync(SandboxFixture sandbox, string ns) => (await sandbox.GetAsync($"/api/v1/namespaces/{ns}/pods"))["items"]!.AsArray();

    private static Uri Address(SandboxFixture sandbox, JsonNode pod) => new($"http://{sandbox.Cluster.Resolve(new(IPAddress.Parse(Text(pod, "status", "podIP")!), 8080))}/");

    /// <summary>A sandbox whose stopping pods go on answering for longer than a busy machine takes from an endpoint's address to a request.</summary>
    private static async Task<Patient> PatientAsync()
    {
        var fixture = new SandboxFixture();
        fixture.Options.DrainDelay = TimeSpan.FromSeconds(4);
        await fixture.InitializeAsync();
        return new Patient(fixture);
    }

    private sealed record Patient(SandboxFixture Fixture) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Fixture.DisposeAsync();
    }

    /// <summary>Asks a ready endpoint again and again, as a proxy would that follows the slices; answers what went wrong.</summary>
    private static async Task<List<string>> RequestsAsync(SandboxFixture sandbox, string ns, ConcurrentQueue<string> answers, CancellationToken stop)
    {
        var failures = new List<string>();
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var slice = (await sandbox.GetAsync($"/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices"))["items"]!.AsArray().Single()!;
            var ready = slice["endpoints"]!.AsArray().Where(e => e!["conditions"]!["ready"]!.GetValue<bool>()).ToList();
            if (ready.Count == 0) failures.Add("no endpoint is ready");
            else
                try
                {
                    answers.Enqueue(await http.GetStringAsync(new Uri($"http://{ready[i % ready.Count]!["addresses"]![0]}:8080/"), CancellationToken.None));
                }
                catch (HttpRequestException e)
                {
                    failures.Add(e.ToString());
                }
        }
        return failures;
    }
}
