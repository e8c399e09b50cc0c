using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Tests.Cluster;

/// <summary>What the API server does not accept, and how it says so; and what it accepts with a warning.</summary>
public sealed class RefusalConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterTheory]
    [Row("negative replicas", "spec.replicas", """ "replicas":-1, """, "", "")]
    [Row("no such strategy", "spec.strategy", """ "strategy":{"type":"Sideways"}, """, "", "")]
    [Row("no such restart policy", "spec.template.spec.restartPolicy", "", """ "restartPolicy":"Never", """, "")]
    [Row("port out of range", "spec.template.spec.containers[0].ports[0].containerPort", "", "", """ "ports":[{"containerPort":70000}], """)]
    [Row("no such pull policy", "spec.template.spec.containers[0].imagePullPolicy", "", "", """ "imagePullPolicy":"Sometimes", """)]
    [Row("bad name of a variable", "spec.template.spec.containers[0].env[0].name", "", "", """ "env":[{"name":"A=B","value":"1"}], """)]
    [Row("request above limit", "spec.template.spec.containers[0].resources.requests", "", "", """ "resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"} }, """)]
    [Row("volume that is not there", "spec.template.spec.containers[0].volumeMounts[0].name", "", "", """ "volumeMounts":[{"name":"data","mountPath":"/data"}], """)]
    public async Task An_invalid_field_is_named(string what, string field, string spec, string pod, string container)
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, "web", replicas: null, spec: spec, pod: pod, container: container), cancellation: Limit));
        Assert.True(refusal is { Status: 422, IsInvalid: true }, $"{what}: {refusal}");
        Assert.Contains(field, refusal.Causes.Select(c => c.Field));
        Assert.True(Refusal(await Client.GetAsync(ResourceType.Deployments, Ns, "web", Limit)).IsNotFound);
    }

    [ClusterFact]
    public async Task Every_invalid_field_is_named_at_once()
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, "web", replicas: -1,
            container: """ "ports":[{"containerPort":0}],"env":[{"name":"A=B","value":"1"}], """), cancellation: Limit));
        Assert.Superset(
            new HashSet<string> { "spec.replicas", "spec.template.spec.containers[0].ports[0].containerPort", "spec.template.spec.containers[0].env[0].name" },
            refusal.Causes.Select(c => c.Field).ToHashSet());
    }

    [ClusterFact]
    public async Task Labels_that_do_not_match_the_selector_are_refused()
    {
        var manifest = Objects.Deployment(Ns, "web");
        manifest["spec"]!["template"]!["metadata"]!["labels"]!["app"] = "other";
        var refusal = Refusal(await Client.ApplyAsync(manifest, cancellation: Limit));
        Assert.Equal("spec.template.metadata.labels", Assert.Single(refusal.Causes).Field);
    }

    [ClusterFact]
    public async Task A_selector_cannot_be_changed()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        var other = Objects.Deployment(Ns, "web", replicas: 0);
        other["spec"]!["selector"]!["matchLabels"]!["app"] = "other";
        other["spec"]!["template"]!["metadata"]!["labels"]!["app"] = "other";
        var refusal = Refusal(await Client.ApplyAsync(other, cancellation: Limit));
        Assert.Contains(refusal.Causes, c => c.Field == "spec.selector" && c.Message.Contains("immutable", StringComparison.Ordinal));
    }

    [ClusterFact]
    public async Task A_field_that_the_api_does_not_have_is_named()
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, "web", spec: """ "nosuch":1, """), cancellation: Limit));
        Assert.Contains(".spec.nosuch", refusal.Message, StringComparison.Ordinal);
        Assert.True(Refusal(await Client.GetAsync(ResourceType.Deployments, Ns, "web", Limit)).IsNotFound);
    }

    [ClusterFact]
    public async Task A_value_of_the_wrong_type_is_refused()
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, "web", replicas: null, spec: """ "replicas":"two", """), cancellation: Limit));
        Assert.Contains("replicas", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterTheory]
    [Row("capitals", "Web")]
    [Row("underscore", "my_web")]
    [Row("dash at the end", "web-")]
    public async Task A_bad_name_is_refused_with_its_field(string what, string name)
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, name), cancellation: Limit));
        Assert.True(refusal.IsInvalid && refusal.Causes.Any(c => c.Field == "metadata.name"), $"{what}: {refusal}");
    }

    [ClusterFact]
    public async Task A_bad_label_value_is_refused_with_its_field()
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap(Ns, "settings").Labelled(("tier", "not a label")), cancellation: Limit));
        Assert.Equal("metadata.labels", Assert.Single(refusal.Causes).Field);
    }

    [ClusterFact]
    public async Task A_namespace_that_is_not_there_is_said()
    {
        var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap($"{Ns}-none", "settings"), cancellation: Limit));
        Assert.True(refusal.IsNotFound);
        Assert.Contains($"{Ns}-none", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_stale_resource_version_is_a_conflict()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "2")));
        var stale = Objects.ConfigMap(Ns, "settings", ("a", "3"));
        stale["metadata"]!["resourceVersion"] = Objects.Version(first.Object);
        Assert.True(Refusal(await Client.ApplyAsync(stale, cancellation: Limit)).IsConflict);
        Assert.Equal("2", (await ReadAsync(ResourceType.ConfigMaps, "settings"))["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task An_immutable_secret_keeps_its_content()
    {
        JsonObject Secret(string value) => Objects.Parse($$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key","namespace":"{{{Ns}}}"},"immutable":true,"data":{"k":"{{{value}}}"} }""");
        await ApplyAsync(Secret("b25l"));
        var refusal = Refusal(await Client.ApplyAsync(Secret("dHdv"), cancellation: Limit));
        Assert.True(refusal.IsInvalid);
        Assert.Contains("data", refusal.Causes.Select(c => c.Field));
        // What the server says of a secret can quote it.
        Assert.DoesNotContain("dHdv", refusal.ToString(), StringComparison.Ordinal);
    }

    [ClusterFact(Since = "1.23", Because = "Pod Security admission, whose warnings these are, came with 1.23.")]
    public async Task A_warning_of_the_server_reaches_the_caller()
    {
        var ns = await Target.NewNamespaceAsync(Limit, ("pod-security.kubernetes.io/warn", "restricted"));
        var applied = await ApplyAsync(Objects.Deployment(ns, "web", replicas: 0));
        Assert.Contains(applied.Warnings, w => w.Contains("would violate PodSecurity", StringComparison.Ordinal));
        await Target.DeleteNamespaceAsync(ns);
    }

    [ClusterFact(NotOn = TargetKind.Sandbox, Because = "The sandbox serves no deprecated API.")]
    public async Task A_deprecated_api_is_warned_of()
    {
        var answer = await Target.Transport.SendAsync(new ClusterRequest(HttpMethod.Get, "/api/v1/componentstatuses"), TimeSpan.FromSeconds(30), Limit);
        using var response = answer.Value;
        Assert.Contains(WarningHeader.Read(response), w => w.Contains("deprecated", StringComparison.Ordinal));
    }
}
