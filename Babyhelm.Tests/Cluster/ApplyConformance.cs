using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Server-side apply: what is created, changed, removed, merged and filled in.</summary>
public sealed class ApplyConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task The_first_apply_creates_and_the_next_one_changes()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        Assert.True(first.Created);
        var second = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "2")));
        Assert.False(second.Created);
        Assert.NotEqual(Objects.Version(first.Object), Objects.Version(second.Object));
        Assert.Equal("2", (await ReadAsync(ResourceType.ConfigMaps, "settings"))["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task Applying_the_same_again_changes_nothing_at_all()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        // Times of managed fields have whole seconds: within one, a write that should be none would not show.
        await Task.Delay(TimeSpan.FromSeconds(1.1), Limit);
        var again = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        Assert.False(again.Created);
        Assert.Equal(first.Object.ToJsonString(), again.Object.ToJsonString());
    }

    [ClusterFact]
    public async Task The_generation_counts_changes_of_what_is_asked_for_only()
    {
        long Generation(Written written) => written.Object["metadata"]!["generation"]!.GetValue<long>();
        Assert.Equal(1, Generation(await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0))));
        Assert.Equal(1, Generation(await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0).Labelled(("app", "web"), ("new", "1")))));
        Assert.Equal(2, Generation(await ApplyAsync(Objects.Deployment(Ns, "web", "demo/hello:2", replicas: 0))));
        Assert.Equal(2, Generation(await ApplyAsync(Objects.Deployment(Ns, "web", "demo/hello:2", replicas: 0))));
    }

    [ClusterFact]
    public async Task A_field_that_is_left_out_goes_away()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1"), ("b", "2")));
        var second = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("b", "2")));
        Assert.Equal("""{"b":"2"}""", second.Object["data"]!.ToJsonString());
    }

    [ClusterFact]
    public async Task A_label_that_is_left_out_goes_and_one_of_somebody_else_stays()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings").Labelled(("ours", "1"), ("gone", "1")));
        await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "settings", Objects.Parse("""{"metadata":{"labels":{"theirs":"1"} } }"""), cancellation: Limit);
        var applied = await ApplyAsync(Objects.ConfigMap(Ns, "settings").Labelled(("ours", "1")));
        Assert.Equal(["ours", "theirs"], applied.Object["metadata"]!["labels"]!.AsObject().Select(l => l.Key).Order());
    }

    [ClusterFact]
    public async Task List_items_merge_by_their_key_and_those_of_others_stay()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0, container: """ "env":[{"name":"A","value":"1"},{"name":"B","value":"2"}], """));
        // A merge patch replaces lists, so another manager adds its item by an apply of its own.
        var sidecar = Objects.Deployment(Ns, "web", replicas: null, container: """ "env":[{"name":"C","value":"3"}], """);
        Assert.Null((await ApplyAsAsync("injector", sidecar)).Error);
        var applied = await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0, container: """ "env":[{"name":"B","value":"new"}], """));
        var env = applied.Object["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray();
        Assert.Equal(["B=new", "C=3"], env.Select(e => $"{e!["name"]}={e["value"]}").Order());
    }

    [ClusterFact]
    public async Task A_second_container_comes_and_goes_by_its_name()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        var two = Objects.Deployment(Ns, "web", replicas: 0);
        two["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Add(Objects.Parse("""{"name":"side","image":"demo/hello:1"}"""));
        var both = await ApplyAsync(two);
        Assert.Equal(["main", "side"], Objects.Names(both.Object["spec"]!["template"]!["spec"]!["containers"]).Order());
        var one = await ApplyAsync(Objects.Deployment(Ns, "web", "demo/hello:2", replicas: 0));
        var left = Assert.Single(one.Object["spec"]!["template"]!["spec"]!["containers"]!.AsArray());
        Assert.Equal("demo/hello:2", left!["image"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task Replicas_that_are_left_out_stay_as_somebody_scaled_them()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: null, pod: """ "schedulerName":"nobody", """));
        Assert.Null((await Client.PatchAsync(ResourceType.Deployments, Ns, "web", Objects.Parse("""{"spec":{"replicas":0} }"""), "scale", cancellation: Limit)).Error);
        var applied = await ApplyAsync(Objects.Deployment(Ns, "web", "demo/hello:2", replicas: null, pod: """ "schedulerName":"nobody", """));
        Assert.Equal(0, applied.Object["spec"]!["replicas"]!.GetValue<int>());
    }

    [ClusterTheory]
    [Row("replicas", "spec.replicas", "1")]
    [Row("strategy", "spec.strategy.type", "RollingUpdate")]
    [Row("surge", "spec.strategy.rollingUpdate.maxSurge", "25%")]
    [Row("deadline", "spec.progressDeadlineSeconds", "600")]
    [Row("history", "spec.revisionHistoryLimit", "10")]
    [Row("restart policy", "spec.template.spec.restartPolicy", "Always")]
    [Row("dns policy", "spec.template.spec.dnsPolicy", "ClusterFirst")]
    [Row("scheduler", "spec.template.spec.schedulerName", "default-scheduler")]
    [Row("pull policy", "spec.template.spec.containers.0.imagePullPolicy", "IfNotPresent")]
    [Row("termination log", "spec.template.spec.containers.0.terminationMessagePath", "/dev/termination-log")]
    [Row("port protocol", "spec.template.spec.containers.0.ports.0.protocol", "TCP")]
    [Row("probe period", "spec.template.spec.containers.0.readinessProbe.periodSeconds", "10")]
    [Row("probe threshold", "spec.template.spec.containers.0.readinessProbe.failureThreshold", "3")]
    [Row("probe scheme", "spec.template.spec.containers.0.readinessProbe.httpGet.scheme", "HTTP")]
    public async Task Fields_that_nobody_sets_get_their_defaults(string what, string path, string value)
    {
        var manifest = Objects.Deployment(Ns, "web", replicas: null,
            container: """ "ports":[{"containerPort":8080}],"readinessProbe":{"httpGet":{"path":"/","port":8080} }, """);
        var applied = (await Client.ApplyAsync(manifest, dryRun: true, cancellation: Limit)).Value;
        var found = path.Split('.').Aggregate<string, JsonNode?>(applied.Object, (node, part) => node is JsonArray list ? list[int.Parse(part)] : node?[part]);
        Assert.True(value == found?.ToString(), $"{what}: {found}");
    }

    [ClusterFact]
    public async Task A_dry_run_checks_and_answers_and_keeps_nothing()
    {
        var would = (await Client.ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")), dryRun: true, cancellation: Limit)).Value;
        Assert.True(would.Created);
        Assert.True(Refusal(await Client.GetAsync(ResourceType.ConfigMaps, Ns, "settings", Limit)).IsNotFound);

        var real = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        would = (await Client.ApplyAsync(Objects.ConfigMap(Ns, "settings", ("b", "2")), dryRun: true, cancellation: Limit)).Value;
        Assert.Equal("""{"b":"2"}""", would.Object["data"]!.ToJsonString());
        var read = await ReadAsync(ResourceType.ConfigMaps, "settings");
        Assert.Equal(Objects.Version(real.Object), Objects.Version(read));
        Assert.Equal("""{"a":"1"}""", read["data"]!.ToJsonString());
    }

    [ClusterFact]
    public async Task A_service_keeps_its_address_over_applies()
    {
        var first = await ApplyAsync(Service("\"protocol\":\"TCP\",", 8080));
        var address = first.Object["spec"]!["clusterIP"]!.GetValue<string>();
        Assert.NotEmpty(address);
        var second = await ApplyAsync(Service("\"protocol\":\"TCP\",", 9090));
        Assert.Equal(address, second.Object["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.Equal(9090, second.Object["spec"]!["ports"]![0]!["targetPort"]!.GetValue<int>());
    }

    [ClusterFact(Since = "1.21", Because = "Before 1.21 an apply must state the protocol of a service's port, which is part of the item's key.")]
    public async Task A_service_port_without_a_protocol_is_tcp() =>
        Assert.Equal("TCP", (await ApplyAsync(Service("", 8080))).Object["spec"]!["ports"]![0]!["protocol"]!.GetValue<string>());

    private JsonObject Service(string port, int target) => Objects.Parse($$$"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"{{{Ns}}}"},
         "spec":{"selector":{"app":"web"},"ports":[{{{{port}}} "name":"http","port":80,"targetPort":{{{target}}}}]} }
        """);
}
