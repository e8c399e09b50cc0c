using System.Diagnostics;
using System.Text;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Sandbox;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>A service account whose role is docs/rbac.yaml, whole or with holes, made with kubectl. Everything is deleted afterwards.</summary>
public sealed class LimitedAccountConformance(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _name = $"babyhelm-rbac-{Guid.NewGuid():N}"[..24];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-rbac-");

    private const string OneUser = "The sandbox has one user, and no roles.";

    public Task InitializeAsync() => KubectlAsync($"create namespace {_name}");

    public async Task DisposeAsync()
    {
        await KubectlAsync($"delete clusterrolebinding {_name} --ignore-not-found");
        await KubectlAsync($"delete clusterrole {_name} --ignore-not-found");
        await KubectlAsync($"delete namespace {_name} --wait=false");
        _folder.Delete(recursive: true);
    }

    [ClusterFact(NotOn = TargetKind.Sandbox, Because = OneUser)]
    public async Task The_preflight_names_exactly_what_is_missing()
    {
        string[] missing = ["delete secrets", "get pods/log", "list nodes", "patch deployments.apps", "watch events"];
        var config = await AccountAsync(missing);
        using var client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = config }).Value);
        using var monitor = new ClusterMonitor(client, new ClusterPulse(client, TimeProvider.System), TimeProvider.System, NullLogger<ClusterMonitor>.Instance);
        await monitor.CheckAsync(default);
        var facts = monitor.Facts;
        Assert.Null(facts.Problem);
        Assert.NotNull(facts.Version);
        Assert.Equal(missing, facts.Permissions.Where(p => p.Granted == false).Select(p => p.ToString()).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(facts.Permissions, p => p.Granted is null);
        Assert.True(Assert.IsType<KubernetesError>(facts.NodesProblem).IsForbidden);
        Assert.NotEqual(PodSecurityState.Unknown, facts.PodSecurity);
    }

    [ClusterFact(NotOn = TargetKind.Sandbox, Because = OneUser)]
    public async Task With_the_whole_role_an_application_is_deployed_changed_and_deleted()
    {
        var config = await AccountAsync([]);
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string> { ["Kubernetes__KubeConfig"] = config });
        using var user = await ApiUser.RegisterAsync(app);
        var seen = (await user.PostAsync("admin/cluster/refresh", null)).AssertStatus(200);
        Assert.All(seen["permissions"]!.AsArray(), p => Assert.True(p!["granted"]!.GetValue<bool>(), p.ToJsonString()));
        Assert.NotEmpty(seen["nodes"]!["items"]!.AsArray());
        Assert.Null(seen["nodes"]!["problem"]);

        var project = await user.CreateProjectAsync();
        try
        {
            await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "KEY", value = "x", secret = true } } });
            await user.CreateAppAsync(project, new { name = "side", kind = "worker", image = "demo/hello:1", command = new[] { "sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 1; done" } });
            foreach (var name in new[] { "web", "side" }) await user.WaitStateAsync(project, name, "live", within: BabyhelmStage.Patience, context: () => app.Output);
            Assert.EndsWith("] up", await user.FollowedLineAsync(project, "side"), StringComparison.Ordinal);
            await user.DeployAsync(project, "web", Specs.Checked("web", "demo/hello:2"));
            await user.WaitStateAsync(project, "web", "live", 2, BabyhelmStage.Patience, () => app.Output);
            foreach (var name in new[] { "web", "side" }) (await user.DeleteAsync($"projects/{project}/apps/{name}")).AssertStatus(202);
            await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/apps"), a => a.Json.AsArray().Count == 0, BabyhelmStage.Patience, () => app.Output);
        }
        finally
        {
            (await user.DeleteAsync($"projects/{project}")).AssertStatus(202);
            await Eventually.GetAsync(() => user.GetAsync($"projects/{project}"), a => a.Status == 404, BabyhelmStage.Patience, () => app.Output);
        }
        Assert.DoesNotContain("orbidden", app.Output, StringComparison.Ordinal);
    }

    /// <summary>Makes the account without these permissions, and answers the path of its kubeconfig.</summary>
    private async Task<string> AccountAsync(IReadOnlyCollection<string> missing)
    {
        var rules = new StringBuilder();
        foreach (var permission in Permissions.All)
        {
            var verbs = permission.Verbs.Where(v => !missing.Contains($"{v} {permission.FullName}")).ToList();
            if (verbs.Count > 0) rules.Append($"  - {{apiGroups: [\"{permission.Type.Group}\"], resources: [\"{permission.Resource}\"], verbs: [{string.Join(", ", verbs)}]}}\n");
        }
        // A token of its own Secret: clusters before 1.24 and after it give one.
        await KubectlAsync("apply -f -", $"""
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: {_name}
              namespace: {_name}
            ---
            apiVersion: v1
            kind: Secret
            type: kubernetes.io/service-account-token
            metadata:
              name: {_name}
              namespace: {_name}
              annotations:
                kubernetes.io/service-account.name: {_name}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: {_name}
            rules:
            {rules}---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: {_name}
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: {_name}
            subjects:
              - kind: ServiceAccount
                name: {_name}
                namespace: {_name}

            """);
        var token = await Eventually.GetAsync(() => KubectlAsync($"get secret {_name} -n {_name} -o jsonpath={{.data.token}}"), t => t.Length > 0, TimeSpan.FromSeconds(60));
        return await WriteConfigAsync(Encoding.UTF8.GetString(Convert.FromBase64String(token)));
    }

    private async Task<string> WriteConfigAsync(string token)
    {
        var cluster = await KubectlAsync("config view --raw --minify --flatten -o jsonpath={.clusters[0].cluster}");
        var path = Path.Combine(_folder.FullName, "kubeconfig");
        await File.WriteAllTextAsync(path, $$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {{cluster}} }]
            users: [{name: u, user: {token: {{token}} } }]
            contexts: [{name: x, context: {cluster: c, user: u} }]
            current-context: x

            """);
        return path;
    }

    private async Task<string> KubectlAsync(string arguments, string? input = null)
    {
        Assert.True(KubectlFactAttribute.Binary is not null, "These cases need kubectl.");
        var start = new ProcessStartInfo(KubectlFactAttribute.Binary, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = ConformanceTarget.KubeConfig;
        using var process = Process.Start(start)!;
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0) output.WriteLine(input ?? "");
        Assert.True(process.ExitCode == 0, $"kubectl {arguments}: {await errors}");
        return await text;
    }
}
