using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Manifests.Export;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Manifests.Export;

/// <summary>Exports of random specs; the seed is printed and can be given again as <c>BABYHELM_SEED</c>.</summary>
public sealed class ExportTests(ITestOutputHelper output)
{
    private const int Count = 300;
    private static readonly ManifestBuilder Builder = new(ManifestTemplates.BuiltIn);

    [Fact]
    public void A_chart_with_its_own_values_gives_what_was_applied()
    {
        var seed = Common.Seed.Next(output);
        var specs = new RandomSpecs(seed);
        for (var i = 0; i < Count; i++)
        {
            var spec = specs.Next(i % 3 == 2 ? AppKind.Cron : null);
            var context = ManifestBuilderTests.Context(spec) with
            {
                IngressClass = i % 2 == 0 ? "nginx" : null,
                TlsIssuer = i % 4 < 2 ? "letsencrypt" : null,
                StorageClass = i % 2 == 0 ? "fast" : null,
                PullsAlways = i % 5 == 0,
                CanAutoscale = i % 7 != 0,
            };
            var built = Builder.BuildApplication(context).Value;
            spec = AppSpecValidator.Validate(spec).Value;
            var (files, applied) = (HelmChart.Files(PortableManifests.Of(built, spec.Name), spec, context.Release), Taken(built));
            var (rendered, notes) = ChartRenderer.Render(files, spec.Name, "elsewhere");
            Keep(files, rendered, $"{i}");
            var what = $"seed {seed}, spec {i}";
            Assert.Equal(applied.Select(m => $"{m.Identity.Type.Kind} {Name(m.Document)}").Order(), rendered.Select(d => $"{d["kind"]} {Name(d)}").Order());
            foreach (var manifest in applied)
            {
                var twin = rendered.Single(d => (string?)d["kind"] == manifest.Identity.Type.Kind && Name(d) == Name(manifest.Document));
                var (wanted, found) = (Neutral(manifest.Document), Neutral(twin));
                Assert.True(JsonNode.DeepEquals(wanted, found), $"{what}: {wanted.ToJsonString()}\n{found.ToJsonString()}");
            }
            AssertSelects(rendered, what);
            Assert.False(files.ContainsKey("README.md"), files.GetValueOrDefault("README.md"));
            foreach (var text in rendered.Select(d => d.ToJsonString()).Append(notes)) Assert.DoesNotContain("babyhelm.dev", text, StringComparison.Ordinal);
            // Nothing that a user wrote is in a template.
            Assert.All(files.Where(f => f.Key.StartsWith("templates/", StringComparison.Ordinal)), f => Assert.Equal(Template(f.Key), f.Value));
            foreach (var secret in spec.Env.Where(e => e.Secret && e.Value!.Length > 20)) Assert.All(files.Values, text => Assert.DoesNotContain(secret.Value!, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Plain_yaml_is_what_was_applied_without_anything_of_Babyhelm()
    {
        var seed = Common.Seed.Next(output);
        var specs = new RandomSpecs(seed);
        for (var i = 0; i < Count; i++)
        {
            var spec = specs.Next(i % 3 == 2 ? AppKind.Cron : null);
            var built = Builder.BuildApplication(ManifestBuilderTests.Context(spec)).Value;
            var (text, applied) = (PortableManifests.ToYaml(PortableManifests.Of(built, spec.Name), "a test"), Taken(built));
            var shown = Yaml.Parse(text).Value;
            Assert.Equal(applied.Count, shown.Count);
            for (var d = 0; d < shown.Count; d++)
            {
                var (wanted, found) = (Neutral(applied[d].Document), Neutral(shown[d]));
                if ((string?)found["kind"] == "Secret")
                {
                    Assert.All(found["stringData"]!.AsObject(), v => Assert.Equal(PortableManifests.Placeholder, (string?)v.Value));
                    Assert.Equal(wanted["data"]!.AsObject().Select(v => v.Key), found["stringData"]!.AsObject().Select(v => v.Key));
                    continue;
                }
                Assert.True(JsonNode.DeepEquals(wanted, found), $"seed {seed}, spec {i}: {wanted.ToJsonString()}\n{found.ToJsonString()}");
            }
            AssertSelects(shown, $"seed {seed}, spec {i}");
            Assert.DoesNotContain("babyhelm.dev", text, StringComparison.Ordinal);
            Assert.DoesNotContain("bh-shop", text, StringComparison.Ordinal);
            Assert.Equal(spec.Registry is not null, text.Contains($"kubectl create secret docker-registry {spec.Name}--{spec.Registry} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_knobs_of_a_chart_turn()
    {
        var spec = AppSpecValidator.Validate(new AppSpec
        {
            Name = "web",
            Image = "nginx:1.27@sha256:" + new string('a', 64),
            Env = [new("MODE", "prod"), new("KEY", null, true)],
            Health = new("/"),
            Registry = "github",
            Resources = new() { Cpu = "50m" },
        }).Value;
        var files = HelmChart.Files(PortableManifests.Of(Builder.BuildApplication(ManifestBuilderTests.Context(spec)).Value, "web"), spec, 3);
        var changes = (JsonObject)JsonNode.Parse("""
            {"image":{"repository":"ghcr.io/acme/web","tag":"2.0","digest":"","pullPolicy":"Always"},"replicaCount":4,"secrets":{"KEY":"s3cret"},"imagePullSecrets":[],"fullnameOverride":"front",
             "autoscaling":{"enabled":true,"minReplicas":2,"maxReplicas":9,"cpu":null,"memory":60},
             "ingress":{"enabled":true,"className":"nginx","annotations":{"a.b/c":"{{ x }}"},"host":"shop.example.com","servicePort":80,"tls":{"enabled":true,"secretName":""}},
             "service":{"type":"LoadBalancer","loadBalancerClass":"tailscale","ports":[{"name":"http","port":80,"targetPort":8080}]},
             "volumes":[{"name":"data","mountPath":"/data","size":"2Gi","storageClass":"","existingClaim":""},{"name":"old","mountPath":"/old","size":"1Gi","storageClass":"","existingClaim":"mine"}],
             "podAnnotations":{"note":"no"},"serviceAccountName":"runner"}
            """)!;
        var (documents, notes) = ChartRenderer.Render(files, "live", "team", changes);
        JsonObject One(string kind) => documents.Single(d => (string?)d["kind"] == kind);
        var pod = One("Deployment")["spec"]!["template"]!;
        Assert.Equal("front", (string?)One("Deployment")["metadata"]!["name"]);
        Assert.Null(One("Deployment")["spec"]!["replicas"]);
        Assert.Equal("ghcr.io/acme/web:2.0", (string?)pod["spec"]!["containers"]![0]!["image"]);
        Assert.Equal(("Always", "runner", "no"), ((string?)pod["spec"]!["containers"]![0]!["imagePullPolicy"], (string?)pod["spec"]!["serviceAccountName"], (string?)pod["metadata"]!["annotations"]!["note"]));
        Assert.Equal(["front--data", "mine"], pod["spec"]!["volumes"]!.AsArray().Select(v => (string?)v!["persistentVolumeClaim"]!["claimName"]));
        Assert.Equal("front--data", (string?)One("PersistentVolumeClaim")["metadata"]!["name"]);
        Assert.Equal("czNjcmV0", (string?)One("Secret")["data"]!["KEY"]);
        Assert.Equal((string?)One("Secret")["metadata"]!["name"], (string?)pod["spec"]!["containers"]![0]!["env"]![1]!["valueFrom"]!["secretKeyRef"]!["name"]);
        Assert.Equal("{{ x }}", (string?)One("Ingress")["metadata"]!["annotations"]!["a.b/c"]);
        Assert.Equal("front-tls", (string?)One("Ingress")["spec"]!["tls"]![0]!["secretName"]);
        Assert.Equal("memory", (string?)One("HorizontalPodAutoscaler")["spec"]!["metrics"]!.AsArray().Single()!["resource"]!["name"]);
        Assert.Equal(("LoadBalancer", "tailscale"), ((string?)One("Service")["spec"]!["type"], (string?)One("Service")["spec"]!["loadBalancerClass"]));
        Assert.Contains("Secrets come without values", notes, StringComparison.Ordinal);
        AssertSelects(documents, "knobs");
        // Another value makes another name, so that pods are replaced.
        changes["secrets"] = new JsonObject { ["KEY"] = "other" };
        Assert.NotEqual(Name(One("Secret"), own: true), Name(ChartRenderer.Render(files, "live", "team", changes).Documents.Single(d => (string?)d["kind"] == "Secret"), own: true));
    }

    /// <summary>Volumes, variables and health checks that a platform admin's templates have beyond the built-in ones are kept as they are.</summary>
    [Fact]
    public void A_chart_is_made_of_other_templates_too()
    {
        var spec = AppSpecValidator.Validate(new AppSpec { Name = "web", Image = "nginx", Volumes = [new("data", "/data")], Health = new("/") }).Value;
        var documents = PortableManifests.Of(Builder.BuildApplication(ManifestBuilderTests.Context(spec)).Value, "web");
        var pod = documents.Single(d => (string?)d["kind"] == "Deployment")["spec"]!["template"]!["spec"]!;
        pod["volumes"]!.AsArray().Add(JsonNode.Parse("""{"name":"tmp","emptyDir":{}}"""));
        var container = pod["containers"]![0]!;
        container["volumeMounts"]!.AsArray().Add(JsonNode.Parse("""{"name":"tmp","mountPath":"/tmp","readOnly":true}"""));
        container["volumeMounts"]!.AsArray().Add(JsonNode.Parse("""{"name":"data","mountPath":"/part","subPath":"part"}"""));
        container["readinessProbe"] = JsonNode.Parse("""{"exec":{"command":["sh","-c","test \"{{ x }}\""]},"initialDelaySeconds":3}""");
        container["startupProbe"] = JsonNode.Parse("""{"grpc":{"port":9000}}""");
        container["env"] = JsonNode.Parse("""[{"name":"NODE","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}},{"name":"A","value":"1"}]""");
        documents.Single(d => (string?)d["kind"] == "Deployment")["spec"]!.AsObject().Remove("strategy");
        var (rendered, _) = ChartRenderer.Render(HelmChart.Files(documents, spec, 1), "web", "team");
        var made = rendered.Single(d => (string?)d["kind"] == "Deployment")["spec"]!["template"]!["spec"]!;
        Assert.True(JsonNode.DeepEquals(pod["volumes"], made["volumes"]), made.ToJsonString());
        foreach (var field in new[] { "volumeMounts", "env", "readinessProbe", "startupProbe", "livenessProbe" })
            Assert.True(JsonNode.DeepEquals(container[field], made["containers"]![0]![field]), $"{field}: {made.ToJsonString()}");
    }

    public static TheoryData<AppKind, string, string, string> Additions => new()
    {
        { AppKind.Web, "Deployment", "spec.template.spec", """{"initContainers":[{"name":"wait","image":"busybox:1","command":["sh","-c","echo '{{ x }}'"],"volumeMounts":[{"name":"data","mountPath":"/data"}]}],"nodeSelector":{"disk":"fast"},"tolerations":[{"operator":"Exists"}],"restartPolicy":"Always"}""" },
        { AppKind.Web, "Deployment", "spec.template.spec.securityContext", """{"runAsNonRoot":true,"runAsUser":1000000}""" },
        { AppKind.Web, "Deployment", "spec.template.spec.containers.0", """{"workingDir":"/srv","lifecycle":{"preStop":{"exec":{"command":["sleep","5"]}}}}""" },
        { AppKind.Web, "Deployment", "spec.template.spec.containers.0.securityContext", """{"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}""" },
        { AppKind.Web, "Deployment", "spec.template.metadata", """{"annotations":{"a.example.com/scrape":"true"}}""" },
        { AppKind.Web, "Deployment", "metadata", """{"annotations":{"a.example.com/owner":"{{ me }}"}}""" },
        { AppKind.Web, "Deployment", "spec", """{"minReadySeconds":5}""" },
        { AppKind.Web, "Service", "metadata", """{"annotations":{"lb.example.com/internal":"yes"}}""" },
        { AppKind.Web, "Service", "spec", """{"sessionAffinity":"ClientIP"}""" },
        { AppKind.Web, "PersistentVolumeClaim", "spec", """{"accessModes":["ReadWriteOncePod"]}""" },
        { AppKind.Cron, "CronJob", "spec", """{"timeZone":"Etc/UTC"}""" },
        { AppKind.Cron, "CronJob", "spec.jobTemplate.spec", """{"activeDeadlineSeconds":600,"ttlSecondsAfterFinished":60}""" },
        { AppKind.Cron, "CronJob", "spec.jobTemplate.spec.template.spec", """{"priorityClassName":"low"}""" },
    };

    /// <summary>What a platform admin's templates add is in the chart as it is.</summary>
    [Theory]
    [MemberData(nameof(Additions))]
    public void What_other_templates_add_is_carried(AppKind kind, string of, string path, string added)
    {
        var (documents, spec) = Sample(kind);
        var at = At(documents.Single(d => (string?)d["kind"] == of), path);
        foreach (var (name, value) in (JsonObject)JsonNode.Parse(added)!) at[name] = value?.DeepClone();
        if (of == "Deployment" && path == "spec.template.spec") at["containers"]!.AsArray().Add(JsonNode.Parse("""{"name":"beside","image":"proxy:1"}"""));
        var files = HelmChart.Files(documents, spec, 1);
        var (rendered, notes) = ChartRenderer.Render(files, spec.Name, "team");
        Keep(files, rendered, $"{of}-{path}");
        Assert.False(files.ContainsKey("README.md"), files.GetValueOrDefault("README.md"));
        Assert.DoesNotContain("have this otherwise", notes, StringComparison.Ordinal);
        foreach (var document in documents)
        {
            var twin = rendered.Single(d => (string?)d["kind"] == (string?)document["kind"] && Name(d) == Name(document));
            var (wanted, found) = (Neutral(document), Neutral(twin));
            if ((string?)document["kind"] == "Secret") continue;
            Assert.True(JsonNode.DeepEquals(wanted, found), $"{wanted.ToJsonString()}\n{found.ToJsonString()}");
        }
        AssertSelects(rendered, path);
    }

    [Theory]
    [InlineData(AppKind.Web, "Deployment", "spec.template.spec", """{"automountServiceAccountToken":true}""", "Deployment web: spec.template.spec.automountServiceAccountToken")]
    [InlineData(AppKind.Web, "Deployment", "spec.template.spec.securityContext", """{"fsGroup":2000}""", "Deployment web: spec.template.spec.securityContext.fsGroup")]
    [InlineData(AppKind.Web, "Deployment", "spec", """{"revisionHistoryLimit":null}""", "Deployment web: spec.revisionHistoryLimit")]
    [InlineData(AppKind.Web, "Deployment", "spec.template.spec.containers.0", """{"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]}""", "Deployment web: containers[web].ports[0].name")]
    [InlineData(AppKind.Web, "Service", "spec", """{"ports":[{"name":"a","port":80,"targetPort":80,"protocol":"UDP"}]}""", "Service web: spec.ports[0].protocol")]
    [InlineData(AppKind.Web, "PersistentVolumeClaim", "spec", """{"volumeMode":"Block"}""", "PersistentVolumeClaim web--data: spec.volumeMode")]
    [InlineData(AppKind.Web, "Secret", "metadata", """{"annotations":{"a":"b"}}""", "Secret web-env: metadata.annotations")]
    [InlineData(AppKind.Web, "Deployment", "spec.template.spec", """{"initContainers":[{"name":"a","image":"b","env":[{"name":"K","valueFrom":{"secretKeyRef":{"name":"web-env","key":"K"}}}]}]}""", "values under \"extra\" read a secret by its name: make it, and where it is the application's own, name it as existingSecret")]
    [InlineData(AppKind.Cron, "CronJob", "spec", """{"concurrencyPolicy":"Allow"}""", "CronJob web: spec.concurrencyPolicy")]
    public void What_a_chart_does_not_give_is_named_in_it(AppKind kind, string of, string path, string changed, string gap)
    {
        var (documents, spec) = Sample(kind);
        var at = At(documents.Single(d => (string?)d["kind"] == of), path);
        foreach (var (name, value) in (JsonObject)JsonNode.Parse(changed)!)
            if (value is null) at.Remove(name);
            else at[name] = value.DeepClone();
        var files = HelmChart.Files(documents, spec, 1);
        Assert.Equal([gap], Yaml.Parse(files["values.yaml"]).Value.Single()["notCarried"]!.AsArray().Select(g => (string?)g));
        Assert.Contains($"- `{gap}`\n", files["README.md"], StringComparison.Ordinal);
        Assert.Contains(gap, ChartRenderer.Render(files, spec.Name, "team").Notes, StringComparison.Ordinal);
    }

    private static (IReadOnlyList<JsonObject> Documents, AppSpec Spec) Sample(AppKind kind)
    {
        var spec = AppSpecValidator.Validate(new AppSpec
        {
            Name = "web",
            Image = "nginx",
            Kind = kind,
            Schedule = kind == AppKind.Cron ? "0 0 * * *" : null,
            Volumes = [new("data", "/data")],
            Env = [new("KEY", "hidden", true)],
        }).Value;
        return (PortableManifests.Of(Builder.BuildApplication(ManifestBuilderTests.Context(spec)).Value, "web"), spec);
    }

    private static JsonObject At(JsonNode document, string path) =>
        (JsonObject)path.Split('.').Aggregate(document, (node, field) => int.TryParse(field, out var index) ? node[index]! : node[field]!);

    [Fact]
    public void A_packed_chart_is_the_same_each_time_and_holds_its_files_in_one_folder()
    {
        var files = new Dictionary<string, string> { ["values.yaml"] = "a: \"é\"\n", ["Chart.yaml"] = "name: web\n", ["templates/x.yaml"] = "x" };
        var packed = HelmChart.Pack("web", files, DateTimeOffset.UnixEpoch);
        Assert.Equal(packed, HelmChart.Pack("web", files, DateTimeOffset.UnixEpoch));
        using var tar = new TarReader(new GZipStream(new MemoryStream(packed), CompressionMode.Decompress));
        var found = new Dictionary<string, string>();
        while (tar.GetNextEntry() is { } entry) found[entry.Name] = new StreamReader(entry.DataStream!).ReadToEnd();
        Assert.Equal(files.ToDictionary(f => $"web/{f.Key}", f => f.Value), found);
    }

    /// <summary>All but the registry's secret, which is nothing but a password.</summary>
    private static List<Manifest> Taken(ManifestSet set) => [.. set.Manifests.Where(m => (string?)m.Document["type"] != "kubernetes.io/dockerconfigjson")];

    /// <summary>For a look with Helm itself, where it is at hand.</summary>
    private static void Keep(IReadOnlyDictionary<string, string> files, IReadOnlyList<JsonObject> rendered, string name)
    {
        if (Environment.GetEnvironmentVariable("BABYHELM_CHARTS") is not { Length: > 0 } folder) return;
        foreach (var (path, text) in files.Append(new("rendered.json", new JsonArray([.. rendered.Select(d => d.DeepClone())]).ToJsonString())))
        {
            var file = Path.Combine(folder, name, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    private static string Template(string path)
    {
        using var reader = new StreamReader(typeof(HelmChart).Assembly.GetManifestResourceStream($"chart/{Path.GetFileName(path)}")!);
        return reader.ReadToEnd();
    }

    /// <summary>Of secrets, whose names count releases, one word for all.</summary>
    private static string Name(JsonObject document, bool own = false) => !own && (string?)document["kind"] == "Secret" ? "secret" : (string)document["metadata"]!["name"]!;

    /// <summary>Whatever selects pods selects those of the workload, and nothing less than its own name and instance.</summary>
    private static void AssertSelects(IReadOnlyList<JsonObject> documents, string what)
    {
        var workload = documents.Single(d => (string?)d["kind"] is "Deployment" or "CronJob");
        var labels = (workload["spec"]!["template"] ?? workload["spec"]!["jobTemplate"]!["spec"]!["template"])!["metadata"]!["labels"]!.AsObject();
        foreach (var selector in documents.Select(d => (JsonObject?)(d["spec"]?["selector"]?["matchLabels"] ?? d["spec"]?["podSelector"]?["matchLabels"] ?? d["spec"]?["selector"])).OfType<JsonObject>())
        {
            Assert.Equal([Labels.Instance, Labels.Name], selector.Select(s => s.Key).Order());
            Assert.All(selector, s => Assert.True((string?)labels[s.Key] == (string?)s.Value, what));
        }
    }

    /// <summary>Without what differs by place and by release: namespace, labels, selectors, account, the secret's name, Helm's own annotation.</summary>
    private static JsonObject Neutral(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        copy["metadata"]!.AsObject().Remove("namespace");
        if ((string?)copy["kind"] == "Secret")
        {
            copy["metadata"]!["name"] = "secret";
            copy.Remove("immutable");
        }
        if ((string?)copy["kind"] == "PersistentVolumeClaim") copy["metadata"]!.AsObject().Remove("annotations");
        if ((string?)copy["kind"] == "Service") copy["spec"]!.AsObject().Remove("selector");
        Strip(copy);
        return copy;
    }

    private static void Strip(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) Strip(item);
        if (node is not JsonObject fields) return;
        foreach (var gone in new[] { "labels", "matchLabels", "serviceAccountName" }) fields.Remove(gone);
        if (fields["secretKeyRef"] is JsonObject reference) reference["name"] = "secret";
        foreach (var (_, value) in fields.ToList()) Strip(value);
    }
}
