using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Controllers;
using static Babyhelm.Tests.Sandbox.SandboxFixture;

namespace Babyhelm.Tests.Sandbox;

public sealed class AdmissionTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private static readonly string[] Hard = ["pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

    [Fact]
    public async Task A_quota_counts_what_is_used_and_frees_what_goes()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/resourcequotas/project", $"{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: project}}, spec: {{hard: {{{string.Join(", ", Hard.Select(h => $"{h}: 1"))}}}}}}}", 201);
        var unspecified = await PodAsync(ns, "", 403);
        Assert.EndsWith("failed quota: project: must specify limits.cpu for: c; limits.memory for: c; requests.cpu for: c; requests.memory for: c", Text(unspecified, "message"), StringComparison.Ordinal);
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/limitranges/defaults",
            "{apiVersion: v1, kind: LimitRange, metadata: {name: defaults}, spec: {limits: [{type: Container, default: {cpu: 200m, memory: 1}, defaultRequest: {cpu: 100m, memory: 1}}]}}", 201);
        var pod = await PodAsync(ns, "", 201);
        Assert.Equal("{\"requests\":{\"cpu\":\"100m\",\"memory\":1},\"limits\":{\"cpu\":\"200m\",\"memory\":1}}", Sorted(pod["spec"]!["containers"]![0]!["resources"]!));
        Assert.EndsWith("exceeded quota: project, requested: limits.memory=1,pods=1,requests.memory=1, used: limits.memory=1,pods=1,requests.memory=1, limited: limits.memory=1,pods=1,requests.memory=1",
            Text(await PodAsync(ns, "", 403), "message"), StringComparison.Ordinal);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/resourcequotas", q => Text(q, "status", "used", "requests.cpu") == "100m" && Text(q, "status", "used", "pods") == "1");
        await sandbox.SendAsync("DELETE", $"/api/v1/namespaces/{ns}/pods/{Text(pod, "metadata", "name")}?gracePeriodSeconds=0", expect: 200);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/resourcequotas", q => Text(q, "status", "used", "pods") == "0");
        await PodAsync(ns, "", 201);
    }

    [Theory]
    [InlineData("baseline", "hostNetwork: true,", "host namespaces (hostNetwork=true)")]
    [InlineData("baseline", "volumes: [{name: v, hostPath: {path: /}}],", "hostPath volumes (volume \"v\")")]
    [InlineData("baseline", "", null)]
    [InlineData("restricted", "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}},", "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"])")]
    public async Task Pod_security_refuses_by_level(string level, string spec, string? fault)
    {
        var ns = await sandbox.NamespaceAsync(null, ("pod-security.kubernetes.io/enforce", level));
        var answer = await PodAsync(ns, spec, fault is null ? 201 : 403);
        if (fault is not null) Assert.EndsWith($"violates PodSecurity \"{level}:latest\": {fault}", Text(answer, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pod_security_warns_of_workloads()
    {
        var ns = await sandbox.NamespaceAsync(null, ("pod-security.kubernetes.io/enforce", "baseline"), ("pod-security.kubernetes.io/warn", "restricted"));
        using var answer = await sandbox.RawAsync("PATCH", $"/apis/apps/v1/namespaces/{ns}/deployments/web?fieldManager=a", Deployment("demo/hello:1"), "application/apply-patch+yaml");
        Assert.Equal(201, (int)answer.StatusCode);
        Assert.StartsWith("299 - \"would violate PodSecurity \\\"restricted:latest\\\": allowPrivilegeEscalation != false", answer.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services/web", "{apiVersion: v1, kind: Service, spec: {ports: [{port: 0}]}}", 422)]
    [InlineData("services/1web", "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}]}}", 422)]
    [InlineData("secrets/s", "{apiVersion: v1, kind: Secret, data: {a: '!!'}}", 400)]
    [InlineData("resourcequotas/q", "{apiVersion: v1, kind: ResourceQuota, spec: {hard: {cpu: lots}}}", 400)]
    [InlineData("configmaps/c", "{apiVersion: v1, kind: ConfigMap, data: {'a b': c}}", 422)]
    [InlineData("configmaps/c", "{apiVersion: v1, kind: ConfigMap, data: {a: 1}}", 500)]
    [InlineData("configmaps/c", "{apiVersion: v1, kind: Secret}", 400)]
    [InlineData("configmaps/c", "{apiVersion: v1, kind: ConfigMap, metadata: {namespace: other}}", 400)]
    [InlineData("configmaps/c", "a: [", 400)]
    [InlineData("persistentvolumeclaims/v", "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 1Gi}}}}", 422)]
    public async Task Wrong_objects_are_refused(string path, string yaml, int status) =>
        await sandbox.ApplyAsync($"/api/v1/namespaces/default/{path}", yaml, status);

    [Fact]
    public async Task A_write_with_an_old_version_conflicts_and_one_without_does_not()
    {
        var ns = await sandbox.NamespaceAsync();
        var path = $"/api/v1/namespaces/{ns}/configmaps/c";
        var first = await sandbox.ApplyAsync(path, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: x}}", 201);
        await sandbox.SendAsync("PATCH", path, "{\"data\":{\"a\":\"y\"}}", "application/merge-patch+json", 200);
        var conflict = await sandbox.SendAsync("PUT", path, first, expect: 409);
        Assert.Equal("Conflict", Text(conflict, "reason"));
        first["metadata"]!.AsObject().Remove("resourceVersion");
        await sandbox.SendAsync("PUT", path, first, expect: 200);
    }

    [Theory]
    [InlineData("*/15 3 * * mon-fri", "2026-01-02T03:50:00Z", "2026-01-05T03:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("5 4 1 * 0", "2026-01-01T05:00:00Z", "2026-01-04T04:05:00Z")]
    [InlineData("@hourly", "2026-01-01T05:00:00Z", "2026-01-01T06:00:00Z")]
    public void Schedules_find_the_next_time(string text, string after, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), CronSchedule.Parse(text)!.Next(DateTimeOffset.Parse(after)));

    [Theory]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("a b c d e")]
    public void Wrong_schedules_are_no_schedules(string text) => Assert.Null(CronSchedule.Parse(text));

    [Fact]
    public void A_proc_mount_and_a_host_port_are_named()
    {
        var spec = (JsonObject)JsonNode.Parse("""{"containers":[{"name":"a","ports":[{"hostPort":80}],"securityContext":{"procMount":"Unmasked","privileged":true}},{"name":"b","securityContext":{"capabilities":{"add":["SYS_ADMIN","CHOWN"]}}}]}""")!;
        var labels = new Dictionary<string, string> { ["pod-security.kubernetes.io/enforce"] = "baseline", ["pod-security.kubernetes.io/enforce-version"] = "v1.30" };
        Assert.Equal("violates PodSecurity \"baseline:v1.30\": non-default capabilities (container \"b\" must not include \"SYS_ADMIN\" in securityContext.capabilities.add), hostPort (container \"a\" uses hostPort 80), privileged (container \"a\" must not set securityContext.privileged=true), procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")",
            PodSecurity.Refusal(labels, spec));
    }

    private Task<JsonNode> PodAsync(string ns, string spec, int expect) => sandbox.SendAsync("POST", $"/api/v1/namespaces/{ns}/pods",
        $"{{apiVersion: v1, kind: Pod, metadata: {{generateName: p-}}, spec: {{{spec} containers: [{{name: c, image: demo/hello:1}}]}}}}", "application/yaml", expect);

    private static string Sorted(JsonNode resources) => new JsonObject { ["requests"] = resources["requests"]!.DeepClone(), ["limits"] = resources["limits"]!.DeepClone() }.ToJsonString();
}
