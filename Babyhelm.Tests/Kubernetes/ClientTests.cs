using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Requests as they go over the wire, and answers that a real server gave.</summary>
public sealed class ClientTests
{
    private readonly ManualTimeProvider _time = new();

    private KubernetesClient Client(ApiServer server) => new(ClusterConfig.For(server.Address, "t"), _time);

    private static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();

    private static JsonObject ConfigMap(string name = "x", string ns = "rec-ok") =>
        Object($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}"}}""");

    [Fact]
    public async Task Recorded_basics_are_understood()
    {
        await using var server = await ApiServer.StartAsync(Recording.Player("protocol-basics"));
        using var client = Client(server);
        Assert.Equal(new ClusterVersion("1", "36", "v0.0.0-master+$Format:%H$", "linux/amd64"), (await client.VersionAsync()).Value);

        var missing = Assert.IsType<KubernetesError>((await client.GetAsync<Namespace>(ResourceType.Namespaces, null, "nosuch")).Error);
        Assert.True(missing.IsNotFound);
        Assert.Equal(("cluster-not-found", 404, "NotFound", "The cluster answered 404 NotFound: namespaces \"nosuch\" not found."),
            (missing.Code, missing.Status, missing.Reason, missing.Message));
    }

    [Fact]
    public async Task Recorded_applies_are_understood()
    {
        await using var server = await ApiServer.StartAsync(Recording.Player("server-side-apply"));
        using var client = Client(server);
        var bodies = Recording.Bodies("server-side-apply", "PATCH");
        var web = bodies[0];

        var created = (await client.ApplyAsync(web)).Value;
        Assert.True(created.Created);
        Assert.Equal(1, created.Object["metadata"]!["generation"]!.GetValue<int>());
        Assert.Equal("application/apply-patch+yaml", server.Seen.Last().ContentType);
        Assert.True(JsonNode.DeepEquals(web, Assert.Single(Yaml.Parse(server.Seen.Last().Body).Value)));

        Assert.False((await client.ApplyAsync(web)).Value.Created);
        var selector = Assert.IsType<KubernetesError>((await client.ApplyAsync(web)).Error);
        Assert.True(selector.IsInvalid);
        Assert.Equal(["spec.template.metadata.labels", "spec.template.spec.containers[0].image", "spec.selector"], selector.Causes.Select(c => c.Field));
        var unknown = Assert.IsType<KubernetesError>((await client.ApplyAsync(web)).Error);
        Assert.Equal((500, "InternalError"), (unknown.Status, unknown.Reason));
        Assert.Contains("field not declared in schema", unknown.Message);
        Assert.Empty((await client.ApplyAsync(web, dryRun: true)).Value.Warnings);

        var scaler = bodies.First(b => b["kind"]!.GetValue<string>() == "HorizontalPodAutoscaler");
        Assert.True((await client.ApplyAsync(scaler)).Value.Created);
        Assert.Equal("web", (await client.GetAsync(ResourceType.HorizontalPodAutoscalers, "rec-apply", "web")).Value["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_conflict_with_another_manager_names_the_field()
    {
        var recorded = Recording.Load("server-side-apply")[1]!["response"]!["body"]!.ToJsonString();
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(409, recorded));
        using var client = Client(server);
        var error = Assert.IsType<KubernetesError>((await client.ApplyAsync(ConfigMap(), force: false)).Error);
        Assert.True(error.IsConflict);
        Assert.Equal([".spec.replicas"], error.FieldConflicts.Select(c => c.Field));
        Assert.Equal("/api/v1/namespaces/rec-ok/configmaps/x?fieldManager=babyhelm", server.Seen.Single().PathAndQuery);
    }

    [Fact]
    public async Task A_namespace_that_is_going_away_is_recognised()
    {
        await using var server = await ApiServer.StartAsync(Recording.Player("namespace-termination"));
        using var client = Client(server);
        var ns = (await client.GetAsync<Namespace>(ResourceType.Namespaces, null, "rec-ok")).Value;
        Assert.Equal("Terminating", ns.Status.Phase);
        Assert.NotNull(ns.Metadata.DeletionTimestamp);
        var error = Assert.IsType<KubernetesError>((await client.ApplyAsync(ConfigMap())).Error);
        Assert.True(error is { IsForbidden: true, IsNamespaceTerminating: true });
    }

    [Fact]
    public async Task An_api_that_is_not_served_is_no_missing_object()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(404, "404 page not found\n", "text/plain; charset=utf-8"));
        using var client = Client(server);
        var error = Assert.IsType<KubernetesError>((await client.GetAsync(ResourceType.HorizontalPodAutoscalers, "a", "b")).Error);
        Assert.True(error is { IsNotServed: true, IsNotFound: false });
        Assert.Equal("The cluster does not serve /apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers/b.", error.Message);
        Assert.True(Assert.IsType<KubernetesError>((await client.DeleteAsync(ResourceType.HorizontalPodAutoscalers, "a", "b")).Error).IsNotServed);
    }

    [Theory]
    [InlineData(502, "<html><head><title>502 Bad Gateway</title></head></html>", "text/html", "a proxy, answers in place of the cluster: 502 with a web page titled '502 Bad Gateway'.")]
    [InlineData(200, "<html>Sign in</html>", "text/html", "is not from a Kubernetes API (200 text/html)")]
    [InlineData(302, "", "text/plain", "The cluster answered 302 (Unknown).")]
    [InlineData(403, "go\naway", "text/plain", "The cluster answered 403 Forbidden: go away.")]
    [InlineData(500, "{\"kind\":", "application/json", "The cluster answered 500 InternalError: {\"kind\":.")]
    [InlineData(200, "{\"metadata\":", "application/json", "is not what this client understands")]
    [InlineData(200, "null", "application/json", "is not what this client understands")]
    [InlineData(200, "[]", "application/json", "is not what this client understands")]
    [InlineData(200, "{\"a\":1,\"a\":2}", "application/json", "is not what this client understands")]
    public async Task Strange_answers_become_plain_errors(int status, string body, string contentType, string says)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(status, body, contentType));
        using var client = Client(server);
        Assert.Contains(says, Assert.IsType<KubernetesError>((await client.GetAsync(ResourceType.Namespaces, null, "a")).Error).Message);
    }

    [Fact]
    public async Task Redirects_are_not_followed_with_the_token()
    {
        await using var thief = await ApiServer.StartAsync(e => e.AnswerAsync(200, "{}"));
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(302, "", "text/plain", ("Location", thief.Address.ToString())));
        using var client = Client(server);
        Assert.IsType<KubernetesError>((await client.VersionAsync()).Error);
        Assert.Empty(thief.Seen);
    }

    [Fact]
    public async Task Warnings_of_the_server_are_handed_on()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, ConfigMap().ToJsonString(), "application/json",
            ("Warning", "299 - \"batch/v1beta1 is deprecated, use \\\"batch/v1\\\"\", 299 - \"second\""), ("Warning", "299 - \"third, with comma\" \"Thu, 01 Jan 2026 00:00:00 GMT\""), ("Warning", "299 - \"second\"")));
        using var client = Client(server);
        Assert.Equal(["batch/v1beta1 is deprecated, use \"batch/v1\"", "second", "third, with comma"], (await client.ApplyAsync(ConfigMap())).Value.Warnings);
    }

    [Fact]
    public async Task What_the_server_says_of_a_secret_is_not_repeated()
    {
        const string Said = """{"kind":"Status","message":"Secret in version \"v1\" cannot be handled as a Secret: illegal base64, error found in #10 byte of ...|\"hunter2\"|..., bigger context ...|hunter2|...","reason":"BadRequest","code":400,"details":{"causes":[{"reason":"FieldValueInvalid","message":"hunter2","field":"data[x]"}]}}""";
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(400, Said));
        using var client = Client(server);
        var secret = Object("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","namespace":"a"},"stringData":{"x":"hunter2"}}""");
        var error = Assert.IsType<KubernetesError>((await client.ApplyAsync(secret)).Error);
        Assert.DoesNotContain("hunter2", error.ToString() + string.Concat(error.Causes));
        Assert.Equal(["data[x]"], error.Causes.Select(c => c.Field));

        var map = Assert.IsType<KubernetesError>((await client.ApplyAsync(ConfigMap())).Error);
        Assert.EndsWith("cannot be handled as a Secret: illegal base64.", map.Message);
    }

    [Fact]
    public async Task Lists_are_read_in_pages()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, e.PathAndQuery.Contains("continue=next%2B1")
            ? """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"c"}}]}"""
            : """{"metadata":{"resourceVersion":"9","continue":"next+1"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"""));
        using var client = Client(server);
        var list = (await client.ListAsync<Pod>(ResourceType.Pods, null, "a in (b,c)", "status.phase=Running")).Value;
        Assert.Equal(("9", "a b c"), (list.ResourceVersion, string.Join(' ', list.Items.Select(p => p.Metadata.Name))));
        Assert.Equal("/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=status.phase%3DRunning&limit=500", server.Seen.First().PathAndQuery);
    }

    [Fact]
    public async Task A_list_whose_pages_expire_begins_again()
    {
        var asked = 0;
        await using var server = await ApiServer.StartAsync(e => ++asked switch
        {
            1 or 3 => e.AnswerAsync(200, """{"metadata":{"resourceVersion":"1","continue":"x"},"items":[{"metadata":{"name":"a"}}]}"""),
            2 => e.AnswerAsync(410, """{"kind":"Status","message":"The provided continue parameter is too old","reason":"Expired","code":410}"""),
            _ => e.AnswerAsync(200, """{"metadata":{"resourceVersion":"2"},"items":[{"metadata":{"name":"b"}}]}"""),
        });
        using var client = Client(server);
        Assert.Equal("a b", string.Join(' ', (await client.ListAsync<Pod>(ResourceType.Pods)).Value.Items.Select(p => p.Metadata.Name)));

        server.Answer = e => e.PathAndQuery.Contains("continue")
            ? e.AnswerAsync(410, """{"kind":"Status","reason":"Expired","code":410}""")
            : e.AnswerAsync(200, """{"metadata":{"continue":"x"},"items":[]}""");
        Assert.True(Assert.IsType<KubernetesError>((await client.ListAsync<Pod>(ResourceType.Pods)).Error).IsExpired);
    }

    [Theory]
    [InlineData("ns", "")]
    [InlineData("ns", "..")]
    [InlineData("ns", "a/b")]
    [InlineData("ns", "a%2Fb")]
    [InlineData("", "a")]
    [InlineData("..", "a")]
    [InlineData(null, "a")]
    public async Task A_name_that_would_reach_something_else_is_never_sent(string? ns, string name)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, "{}"));
        using var client = Client(server);
        Assert.IsType<Invalid>((await client.DeleteAsync(ResourceType.Pods, ns, name)).Error);
        Assert.IsType<Invalid>((await client.GetAsync(ResourceType.Pods, ns, name)).Error);
        Assert.IsType<Invalid>((await client.PatchAsync(ResourceType.Pods, ns, name, [])).Error);
        var manifest = ConfigMap(name, ns ?? "");
        if (ns is null) manifest["metadata"]!.AsObject().Remove("namespace");
        Assert.IsType<Invalid>((await client.ApplyAsync(manifest)).Error);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Deletion_says_how_and_takes_a_missing_object_for_done()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(e.PathAndQuery.EndsWith("gone") ? 404 : 200, """{"kind":"Status","reason":"NotFound","code":404}"""));
        using var client = Client(server);
        Assert.True((await client.DeleteAsync(ResourceType.Pods, "a", "b", DeletionPropagation.Foreground, TimeSpan.FromSeconds(5), "u-1")).Value.Found);
        Assert.Equal("""{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground","gracePeriodSeconds":5,"preconditions":{"uid":"u-1"}}""", server.Seen.Last().Body);
        Assert.False((await client.DeleteAsync(ResourceType.Pods, "a", "gone")).Value.Found);
        Assert.Equal("""{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"}""", server.Seen.Last().Body);
    }

    [Fact]
    public async Task Patches_and_creations_are_sent_as_such()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(e.Method == "POST" ? 201 : 200, e.Body));
        using var client = Client(server);
        await client.PatchAsync(ResourceType.Deployments, "a", "web", Object("""{"spec":{"replicas":3}}"""), "scale");
        Assert.Equal(("PATCH", "/apis/apps/v1/namespaces/a/deployments/web/scale?fieldManager=babyhelm", "application/merge-patch+json"),
            (server.Seen.Last().Method, server.Seen.Last().PathAndQuery, server.Seen.Last().ContentType));
        Assert.True((await client.CreateAsync(ConfigMap(), dryRun: true)).Value.Created);
        Assert.Equal(("POST", "/api/v1/namespaces/rec-ok/configmaps?fieldManager=babyhelm&dryRun=All", "application/json"),
            (server.Seen.Last().Method, server.Seen.Last().PathAndQuery, server.Seen.Last().ContentType));
    }

    [Fact]
    public async Task What_is_served_is_found_out_even_if_a_group_does_not_answer()
    {
        await using var server = await ApiServer.StartAsync(e => e.PathAndQuery switch
        {
            "/api" => e.AnswerAsync(200, """{"kind":"APIVersions","versions":["v1"]}"""),
            "/apis" => e.AnswerAsync(200, """{"groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1"}]},{"name":"metrics.k8s.io","versions":[{"groupVersion":"metrics.k8s.io/v1"}]}]}"""),
            "/api/v1" => e.AnswerAsync(200, """{"resources":[{"name":"pods","kind":"Pod","namespaced":true,"verbs":["list"]},{"name":"pods/log","kind":"Pod"}]}"""),
            "/apis/apps/v1" => e.AnswerAsync(200, """{"resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]}"""),
            _ => e.AnswerAsync(503, "service unavailable", "text/plain"),
        });
        using var client = Client(server);
        var apis = (await client.DiscoverAsync()).Value;
        Assert.True(apis.Serves(ResourceType.Pods) && apis.Serves(ResourceType.Deployments));
        Assert.False(apis.Serves(ResourceType.HorizontalPodAutoscalers));
        Assert.Equal(2, apis.Resources.Count);
        Assert.Equal(["metrics.k8s.io/v1"], apis.Unanswered);
    }

    [Fact]
    public async Task The_own_permissions_can_be_asked_for()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(201, """{"status":{"allowed":false,"reason":"RBAC: no role"}}"""));
        using var client = Client(server);
        Assert.Equal(new AccessAnswer(false, "RBAC: no role"), (await client.CanIAsync("get", ResourceType.Pods, "shop", "log")).Value);
        Assert.Equal("""{"verb":"get","group":"","version":"v1","resource":"pods","namespace":"shop","subresource":"log"}""",
            JsonNode.Parse(server.Seen.Single().Body)!["spec"]!["resourceAttributes"]!.ToJsonString());
    }
}
