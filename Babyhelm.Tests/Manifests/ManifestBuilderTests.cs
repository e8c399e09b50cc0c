using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class ManifestBuilderTests
{
    private static readonly ManifestBuilder Builder = new(ManifestTemplates.BuiltIn);
    private static readonly AppSpec Web = new() { Name = "web", Image = "nginx:1.27" };
    private static readonly NamespaceContext Project = new() { ProjectId = "6f1c", ProjectName = "shop", Namespace = "bh-shop", GatewayNetworks = ["10.1.2.3/32"] };

    internal static ApplicationContext Context(AppSpec spec) => new() { Spec = spec, ProjectId = "6f1c", ProjectName = "shop", Namespace = "bh-shop", Release = 7 };

    private static ManifestSet Build(AppSpec spec) => Built(Builder.BuildApplication(Context(spec)));

    private static ManifestSet Built(Result<ManifestSet> result)
    {
        Assert.True(result.Error is null, result.ToString());
        return result.Value;
    }

    private static JsonObject One(ManifestSet set, string kind) => Assert.Single(set.Manifests, m => m.Identity.Type.Kind == kind).Document;

    [Theory]
    [InlineData("namespace")]
    [InlineData("web-default")]
    [InlineData("web-full")]
    [InlineData("worker")]
    [InlineData("cron")]
    public void The_manifests_are_as_recorded(string name)
    {
        var set = name switch
        {
            "namespace" => Built(Builder.BuildNamespace(Project)),
            "web-default" => Build(Web),
            "worker" => Build(Web with { Kind = AppKind.Worker, Command = ["/bin/work"], Volumes = [new("data", "/data", "2Gi")] }),
            "cron" => Build(Web with { Kind = AppKind.Cron, Schedule = "0 3 * * *", Args = ["--once"] }),
            _ => Build(Web with
            {
                Image = "ghcr.io/acme/api@sha256:" + new string('a', 64),
                Ports = [new(80, 8080), new(8443, 8443)],
                Env = [new("MODE", "prod"), new("API_KEY", null, true)],
                Autoscale = new(2, 8, 70, 80),
                Health = new("/healthz"),
                Expose = new() { Type = ExposeType.Ingress, Host = "shop.example.com" },
                Registry = "github",
            }),
        };
        var path = Path.Combine(AppContext.BaseDirectory, "Data/manifests", name + ".yaml");
        if (Environment.GetEnvironmentVariable("BABYHELM_RECORD") is { Length: > 0 } folder) File.WriteAllText(Path.Combine(folder, name + ".yaml"), set.ToYaml());
        Assert.Equal(File.ReadAllText(path), set.ToYaml());
    }

    [Fact]
    public void The_default_web_application_is_a_deployment_and_a_service() =>
        Assert.Equal(["Deployment bh-shop/web", "Service bh-shop/web"], Build(Web).Inventory.Select(i => i.ToString()));

    [Fact]
    public void Everything_that_can_be_asked_for_comes_in_order()
    {
        var set = Build(Web with { Env = [new("KEY", null, true)], Volumes = [new("one", "/1"), new("two", "/2")], Expose = new() { Type = ExposeType.LoadBalancer } });
        Assert.Equal(
            ["Secret web-env-r7", "PersistentVolumeClaim web--one", "PersistentVolumeClaim web--two", "NetworkPolicy web-public", "Deployment web", "Service web"],
            set.Inventory.Select(i => $"{i.Type.Kind} {i.Name}"));
        Assert.Equal("Recreate", (string?)One(set, "Deployment")["spec"]!["strategy"]!["type"]);
    }

    [Fact]
    public void Secret_values_are_filled_in_only_for_applying()
    {
        var set = Build(Web with { Env = [new("KEY", "must not appear", true), new("OTHER", null, true), new("PLAIN", "x")] });
        Assert.DoesNotContain("must not appear", set.ToJson());
        Assert.Contains("KEY: (hidden)", set.ToYaml().Replace("\"", ""));
        Assert.Contains("\"KEY\":\"\"", set.ToJson());

        var filled = set.WithSecrets(new Dictionary<string, string> { ["KEY"] = "s3cret\n", ["OTHER"] = "ü", ["UNUSED"] = "z" }).Value;
        Assert.Equal("czNjcmV0Cg==", (string?)One(filled, "Secret")["data"]!["KEY"]);
        Assert.Equal("w7w=", (string?)One(filled, "Secret")["data"]!["OTHER"]);
        Assert.Null(One(filled, "Secret")["data"]!["UNUSED"]);
        Assert.DoesNotContain("czNjcmV0", filled.ToYaml());
        Assert.Contains("czNjcmV0", filled.ToYaml(masked: false));
        Assert.Equal("", (string?)One(set, "Secret")["data"]!["KEY"]);
    }

    [Fact]
    public void A_secret_without_a_value_is_named()
    {
        var set = Build(Web with { Env = [new("KEY", null, true)] });
        Assert.Equal("env.KEY", Assert.IsType<Invalid>(set.WithSecrets(new Dictionary<string, string>()).Error).Faults[0].Field);
    }

    [Fact]
    public void The_stored_form_reads_back()
    {
        var set = Build(Web with { Env = [new("A", "\u202e\n😀</script>&"), new("KEY", null, true)] });
        var again = ManifestSet.FromJson(set.ToJson()).Value;
        Assert.Equal(set.Inventory, again.Inventory);
        Assert.Equal(set.ToYaml(), again.ToYaml());
        Assert.NotNull(ManifestSet.FromJson("{").Error);
        Assert.NotNull(ManifestSet.FromJson("[1]").Error);
        Assert.NotNull(ManifestSet.FromJson("""[{"apiVersion":"v1","kind":"Gadget","metadata":{"name":"x"}}]""").Error);
    }

    [Fact]
    public void The_autoscaler_owns_the_replicas()
    {
        var spec = Web with { Replicas = 9, Autoscale = new(2, 5) };
        var set = Build(spec);
        Assert.False(One(set, "Deployment")["spec"]!.AsObject().ContainsKey("replicas"));
        Assert.Equal(2, (int?)One(set, "HorizontalPodAutoscaler")["spec"]!["minReplicas"]);

        var without = Built(Builder.BuildApplication(Context(spec) with { CanAutoscale = false }));
        Assert.Equal(2, (int?)One(without, "Deployment")["spec"]!["replicas"]);
        Assert.DoesNotContain(without.Inventory, i => i.Type == ResourceType.HorizontalPodAutoscalers);
    }

    [Fact]
    public void A_stopped_application_has_no_replicas_and_no_autoscaler()
    {
        var set = Built(Builder.BuildApplication(Context(Web with { Autoscale = new(2, 5) }) with { Stopped = true }));
        Assert.Equal(0, (int?)One(set, "Deployment")["spec"]!["replicas"]);
        Assert.DoesNotContain(set.Inventory, i => i.Type == ResourceType.HorizontalPodAutoscalers);
        var cron = Built(Builder.BuildApplication(Context(Web with { Kind = AppKind.Cron, Schedule = "* * * * *" }) with { Stopped = true }));
        Assert.True((bool?)One(cron, "CronJob")["spec"]!["suspend"]);
    }

    [Theory]
    [InlineData("nginx", "latest")]
    [InlineData("nginx:1.27", "1.27")]
    [InlineData("nginx:__x__", "x")]
    [InlineData("nginx:___", "unnamed")]
    public void The_version_label_is_good_whatever_the_tag(string image, string version) =>
        Assert.Equal(version, (string?)One(Build(Web with { Image = image }), "Deployment")["metadata"]!["labels"]![Labels.Version]);

    [Fact]
    public void Long_tags_and_digests_make_good_labels()
    {
        string? Version(string image) => (string?)One(Build(Web with { Image = image }), "Deployment")["metadata"]!["labels"]![Labels.Version];
        Assert.Equal(new string('a', 62), Version("nginx:" + new string('a', 62) + "-" + new string('b', 60)));
        Assert.Equal("sha256-" + new string('c', 12), Version("nginx@sha256:" + new string('c', 64)));
    }

    [Fact]
    public void Selectors_do_not_change_between_releases()
    {
        var first = One(Build(Web), "Deployment")["spec"]!["selector"]!.ToJsonString();
        var second = One(Built(Builder.BuildApplication(Context(Web with { Image = "nginx:2" }) with { Release = 8 })), "Deployment")["spec"]!["selector"]!.ToJsonString();
        Assert.Equal(first, second);
        Assert.Equal("8", (string?)One(Built(Builder.BuildApplication(Context(Web) with { Release = 8 })), "Deployment")["spec"]!["template"]!["metadata"]!["labels"]![Labels.Release]);
    }

    [Fact]
    public void One_target_behind_two_ports_is_opened_once()
    {
        var set = Build(Web with { Ports = [new(80, 8080), new(81, 8080)] });
        Assert.Single(One(set, "Deployment")["spec"]!["template"]!["spec"]!["containers"]![0]!["ports"]!.AsArray());
        Assert.Equal(2, One(set, "Service")["spec"]!["ports"]!.AsArray().Count);
    }

    [Fact]
    public void Bad_contexts_are_refused()
    {
        Assert.Equal("project", Fault(Builder.BuildApplication(Context(Web) with { ProjectName = "Kube System" })));
        Assert.Equal("release", Fault(Builder.BuildApplication(Context(Web) with { Release = 0 })));
        Assert.Equal("image", Fault(Builder.BuildApplication(Context(Web with { Image = "nginx\n  privileged: true" }))));
        Assert.Equal("gatewayNetworks[0]", Fault(Builder.BuildNamespace(Project with { GatewayNetworks = ["everywhere"] })));
        foreach (var name in new[] { "kube-system", "default", "Bad_Name", "a.b", "" })
            Assert.Equal("namespace", Fault(Builder.BuildNamespace(Project with { Namespace = name })));
        static string Fault(Result<ManifestSet> result) => Assert.IsType<Invalid>(result.Error).Faults[0].Field;
    }

    [Fact]
    public void A_template_of_an_administrator_is_held_to_the_policy()
    {
        Result<ManifestSet> With(string from, string to, string template = "pod") => new ManifestBuilder(ManifestTemplates.Create(new Dictionary<string, string>
        {
            [template] = ManifestTemplates.BuiltInSources[template].Replace(from, to),
        }).Value).BuildApplication(Context(Web));

        Assert.Null(With("gracePeriodSeconds: 30", "gracePeriodSeconds: 60").Error);
        Assert.Contains("containers.securityContext.allowPrivilegeEscalation", Messages(With("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")));
        Assert.Contains("hostNetwork", Messages(With("enableServiceLinks: false", "hostNetwork: true")));
        Assert.Contains("anchors", Messages(With("enableServiceLinks: false", "enableServiceLinks: &a false")));
        Assert.Contains("needs quotes", Messages(With("enableServiceLinks: false", "enableServiceLinks: no")));
        Assert.Contains("twice", Messages(With("enableServiceLinks: false", "enableServiceLinks: false\nenableServiceLinks: true")));
        Assert.Contains("more than one document", Messages(With("spec:", "---\nspec:", "service")));
        Assert.Contains("no variable 'secrets'", Messages(With("enableServiceLinks: false", "{{ secrets }}")));
        static string Messages(Result<ManifestSet> result) => string.Join("\n", Assert.IsType<Invalid>(result.Error).Faults.Select(f => f.Field + " " + f.Message));
    }

    [Fact]
    public void Broken_or_unknown_overrides_are_told_with_the_place()
    {
        var broken = Assert.IsType<Invalid>(ManifestTemplates.Create(new Dictionary<string, string> { ["service"] = "a\n{{ x | nosuch }}" }).Error);
        Assert.Equal("service", broken.Faults[0].Field);
        Assert.Contains("line 2, column 8", broken.Faults[0].Message);
        Assert.Equal("pods", Assert.IsType<Invalid>(ManifestTemplates.Create(new Dictionary<string, string> { ["pods"] = "" }).Error).Faults[0].Field);
        Assert.NotEqual(ManifestTemplates.BuiltIn.Version, ManifestTemplates.Create(new Dictionary<string, string> { ["service"] = "a: b" }).Value.Version);
    }
}
