using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Cluster;

/// <summary>Every way of not coming up is called by its name, with the cluster's own words, and by no other on the way.</summary>
public sealed class DiagnosisConformance(DiagnosisStage stage) : IClassFixture<DiagnosisStage>
{
    internal static Dictionary<string, Trouble> Troubles(Registry.Ports ports) => new()
    {
        ["missing-image"] = new($"localhost:{ports.Empty}/demo/missing:1", DiagnosisCodes.ImageNotFound, "not found"),
        ["private-image"] = new($"localhost:{ports.Private}/demo/private:1", DiagnosisCodes.ImageUnauthorized, "uthoriz"),
        ["unknown-registry"] = new("registry.invalid/demo/hello:1", DiagnosisCodes.ImageNotFound, "no such host"),
        ["invalid-name"] = new("docker.io/Demo/UPPER:1", DiagnosisCodes.ImageInvalid, "must be lowercase"),
        ["crash"] = new("demo/crash:1", DiagnosisCodes.CrashLoop, "exit code 3", "boom: DATABASE_URL is not set") { Container = RolloutHarness.Checked, Before = DiagnosisCodes.NotReady },
        ["out-of-memory"] = new("demo/oom:1", DiagnosisCodes.OutOfMemory, "OOMKilled", "memory limit 32Mi") { Container = RolloutHarness.Checked, Before = DiagnosisCodes.NotReady },
        ["init-crash"] = new("demo/hello:1", DiagnosisCodes.CrashLoop, "first: exit code 3", "boom: DATABASE_URL is not set")
        {
            Pod = """ "initContainers":[{"name":"first","image":"demo/crash:1","resources":{"requests":{"cpu":"10m"},"limits":{"cpu":"1","memory":"32Mi"} } }], """,
        },
        ["no-such-command"] = new("demo/hello:1", DiagnosisCodes.CrashLoop, "/nope") { Container = """ "command":["/nope"], """ },
        ["ends-well"] = new("demo/hello:1", DiagnosisCodes.CrashLoop, "exit code 0") { Container = """ "command":["true"], """ + RolloutHarness.Checked, Before = DiagnosisCodes.NotReady },
        // Of the kubelet's two events the one about the ended container may come after the failure: it sends five a second.
        ["failing-liveness"] = new("demo/hello:1", DiagnosisCodes.CrashLoop, "iveness probe")
        {
            Container = """ "livenessProbe":{"tcpSocket":{"port":9},"periodSeconds":1,"failureThreshold":1},"readinessProbe":{"tcpSocket":{"port":8080},"initialDelaySeconds":30}, """,
            Before = DiagnosisCodes.NotReady,
        },
        ["missing-secret"] = new("demo/hello:1", DiagnosisCodes.ConfigMissing, "secret \"none\" not found")
        {
            Container = """ "env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"none","key":"k"} } }], """,
        },
        ["missing-key"] = new("demo/hello:1", DiagnosisCodes.ConfigMissing, "couldn't find key gone")
        {
            Container = """ "env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"settings","key":"gone"} } }], """,
        },
        ["missing-config-map"] = new("demo/hello:1", DiagnosisCodes.ConfigMissing, "configmap \"none\" not found")
        {
            Container = """ "envFrom":[{"configMapRef":{"name":"none"} }], """,
        },
        ["missing-config-volume"] = new("demo/hello:1", DiagnosisCodes.ConfigMissing, "configmap \"none\" not found")
        {
            Pod = """ "volumes":[{"name":"c","configMap":{"name":"none"} }], """,
            Container = """ "volumeMounts":[{"name":"c","mountPath":"/c"}], """,
        },
        ["missing-claim"] = new("demo/hello:1", DiagnosisCodes.VolumePending, "persistentvolumeclaim \"none\" not found")
        {
            Pod = """ "volumes":[{"name":"c","persistentVolumeClaim":{"claimName":"none"} }], """,
            Waits = true,
        },
        ["unbound-claim"] = new("demo/hello:1", DiagnosisCodes.VolumePending, "unbound immediate PersistentVolumeClaims")
        {
            Pod = """ "volumes":[{"name":"c","persistentVolumeClaim":{"claimName":"data"} }], """,
            Waits = true,
        },
        ["never-listens"] = new("demo/unready:1", DiagnosisCodes.NotReady, "connection refused") { Container = RolloutHarness.Checked, Waits = true },
        ["wrong-health-path"] = new("demo/hello:1", DiagnosisCodes.NotReady, "statuscode: 404")
        {
            Container = """ "readinessProbe":{"httpGet":{"path":"/status/404","port":8080},"periodSeconds":1}, """,
            Waits = true,
        },
        ["no-such-machine"] = new("demo/hello:1", DiagnosisCodes.Unschedulable, "nodes are available") { Pod = """ "nodeSelector":{"no":"where"}, """, Waits = true },
        ["too-large"] = new("demo/hello:1", DiagnosisCodes.Unschedulable, "Insufficient memory")
        {
            Pod = """ "initContainers":[{"name":"first","image":"demo/hello:1","resources":{"requests":{"memory":"2Ti"},"limits":{"memory":"2Ti"} } }], """,
            Waits = true,
        },
        ["over-quota"] = new("demo/hello:1", DiagnosisCodes.QuotaExceeded, "exceeded quota: project", "limits.memory=2Gi") { Rules = "quota", Memory = "2Gi" },
        ["over-limit"] = new("demo/hello:1", DiagnosisCodes.QuotaExceeded, "maximum memory usage per Container is 1Gi") { Rules = "limits", Memory = "2Gi" },
        ["privileged"] = new("demo/hello:1", DiagnosisCodes.PodSecurity, "violates PodSecurity \"baseline") { Rules = "baseline", Container = """ "securityContext":{"privileged":true}, """ },
        ["nobody-schedules"] = new("demo/hello:1", DiagnosisCodes.Deadline, "has timed out progressing") { Pod = """ "schedulerName":"nobody", """, Waits = true },
    };

    [ClusterTheory]
    [Row("missing-image")]
    [Row("private-image")]
    [Row("unknown-registry", NotOn = TargetKind.Sandbox, Because = "The sandbox's images come from no registry; which can be pulled is said by their name.")]
    [Row("invalid-name")]
    [Row("crash")]
    [Row("out-of-memory")]
    [Row("init-crash")]
    [Row("no-such-command", NotOn = TargetKind.Sandbox, Because = "The sandbox's images behave by their name, whatever the command says.")]
    [Row("ends-well", NotOn = TargetKind.Sandbox, Because = "The sandbox's images behave by their name, whatever the command says.")]
    [Row("failing-liveness")]
    [Row("missing-secret")]
    [Row("missing-key")]
    [Row("missing-config-map")]
    [Row("missing-config-volume")]
    [Row("missing-claim")]
    [Row("unbound-claim")]
    [Row("never-listens")]
    [Row("wrong-health-path")]
    [Row("no-such-machine")]
    [Row("too-large")]
    [Row("over-quota")]
    [Row("over-limit")]
    [Row("privileged", Since = "1.23", Because = "Pod Security admission came with 1.23.")]
    [Row("nobody-schedules")]
    public async Task Trouble_is_explained(string name)
    {
        var trouble = Troubles(new(0, 0))[name];
        var states = await stage.EndAsync(name);
        var end = states[^1];
        Assert.True(end.State == ReleaseState.Failed && end.Diagnosis?.Code == trouble.Code, RolloutHarness.Told(end));
        foreach (var evidence in trouble.Evidence)
            Assert.True(end.Diagnosis.Evidence.Any(e => e.Contains(evidence, StringComparison.Ordinal)), $"no '{evidence}' in: {RolloutHarness.Told(end)}");
        Assert.All(new[] { end.Diagnosis.Title, end.Diagnosis.Cause, end.Diagnosis.NextStep }, Assert.NotEmpty);
        Assert.All(states, s => Assert.True(s.Diagnosis is null || s.Diagnosis.Code == trouble.Code || s.Diagnosis.Code == trouble.Before, $"on the way: {RolloutHarness.Told(s)}"));
        Assert.DoesNotContain(states, s => s.State == ReleaseState.Live);
    }
}
