using System.Diagnostics;

namespace Babyhelm.Tests.Sandbox;

public sealed class KubectlTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("babyhelm-kubectl").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [KubectlFact]
    public async Task Deploys_shows_and_deletes_an_application()
    {
        var ns = await sandbox.NamespaceAsync();
        await RunAsync($"apply -n {ns} -f -", SandboxFixture.Deployment("demo/hello:1", 2, container: SandboxFixture.Probe));
        Assert.Contains("successfully rolled out", await RunAsync($"rollout status deployment/web -n {ns} --timeout=120s"), StringComparison.Ordinal);
        var pods = (await RunAsync("get pods -A")).Split('\n');
        Assert.Matches(@"^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE", pods[0]);
        Assert.Equal(2, pods.Count(p => p.StartsWith(ns, StringComparison.Ordinal) && p.Contains("1/1     Running", StringComparison.Ordinal)));
        Assert.Contains("deployment.apps/web", await RunAsync($"get all -n {ns}"), StringComparison.Ordinal);

        Assert.Contains("unchanged", await RunAsync($"apply -n {ns} -f -", SandboxFixture.Deployment("demo/hello:1", 2, container: SandboxFixture.Probe)), StringComparison.Ordinal);
        Assert.Contains("configured", await RunAsync($"apply -n {ns} -f -", SandboxFixture.Deployment("demo/hello:2", 2, container: SandboxFixture.Probe)), StringComparison.Ordinal);
        await RunAsync($"rollout status deployment/web -n {ns} --timeout=120s");
        Assert.Contains("web listening on 8080", await RunAsync($"logs deployment/web -n {ns} --tail=5"), StringComparison.Ordinal);
        Assert.Contains("Successfully assigned", await RunAsync($"describe pods -n {ns}"), StringComparison.Ordinal);
        Assert.Contains("MinimumReplicasAvailable", await RunAsync($"describe deployment web -n {ns}"), StringComparison.Ordinal);

        await RunAsync($"scale deployment/web --replicas=3 -n {ns}");
        await RunAsync($"rollout restart deployment/web -n {ns}");
        await RunAsync($"rollout status deployment/web -n {ns} --timeout=120s");
        await RunAsync($"rollout undo deployment/web -n {ns}");
        await RunAsync($"rollout status deployment/web -n {ns} --timeout=120s");
        Assert.Contains("deployment.apps \"web\" deleted", await RunAsync($"delete deployment web -n {ns} --timeout=120s"), StringComparison.Ordinal);
        Assert.Contains("deleted", await RunAsync($"delete namespace {ns} --timeout=120s"), StringComparison.Ordinal);
        Assert.DoesNotContain(ns, await RunAsync("get namespaces"), StringComparison.Ordinal);
    }

    [KubectlFact]
    public async Task Applies_on_the_server_and_takes_fields_over()
    {
        var ns = await sandbox.NamespaceAsync();
        await RunAsync($"apply --server-side --field-manager=one -n {ns} -f -", SandboxFixture.Deployment("demo/hello:1"));
        var refused = await RunAsync($"apply --server-side --field-manager=two -n {ns} -f -", SandboxFixture.Deployment("demo/hello:1", 2), expect: 1);
        Assert.Contains("conflict with \"one\": .spec.replicas", refused, StringComparison.Ordinal);
        await RunAsync($"apply --server-side --force-conflicts --field-manager=two -n {ns} -f -", SandboxFixture.Deployment("demo/hello:1", 2));
        Assert.Equal("2", await RunAsync($"get deployment web -n {ns} -o jsonpath={{.spec.replicas}}"));
    }

    [KubectlFact]
    public async Task Tells_what_it_may_do_and_what_there_is()
    {
        Assert.Equal("yes", (await RunAsync("auth can-i create deployments")).Trim());
        var resources = await RunAsync("api-resources");
        foreach (var name in new[] { "deployments", "horizontalpodautoscalers", "networkpolicies", "endpointslices" }) Assert.Contains(name, resources, StringComparison.Ordinal);
        Assert.Contains("1.36", (await RunAsync("version")).Replace("Minor:\"36\"", "1.36", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("(NotFound)", await RunAsync("get pod nosuch", expect: 1), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string arguments, string? input = null, int expect = 0)
    {
        var config = Path.Combine(_directory, "kubeconfig");
        // In a directory that only this user may open.
        await File.WriteAllTextAsync(config, sandbox.Cluster.KubeConfig);
        var start = new ProcessStartInfo(KubectlFactAttribute.Binary!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = config;
        start.Environment["HOME"] = _directory;
        using var process = Process.Start(start)!;
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(240));
        await process.WaitForExitAsync(deadline.Token);
        var text = await output + await errors;
        Assert.True(process.ExitCode == expect, $"kubectl {arguments}: {process.ExitCode}\n{text}");
        return text;
    }
}
