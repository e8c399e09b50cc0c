using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Integration;

/// <summary>Projects and their namespaces.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class ProjectTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;

    public async Task InitializeAsync() => _user = await ApiUser.RegisterAsync(shared.App);

    public Task DisposeAsync()
    {
        _user.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_project_brings_a_namespace_with_its_rules_and_takes_it_away_again()
    {
        var name = ApiUser.NewName("p");
        var created = (await _user.PostAsync("projects", new { name })).AssertStatus(201);
        Assert.Equal($"bh-{name}", created["namespace"]!.GetValue<string>());
        Assert.Equal("owner", created["role"]!.GetValue<string>());
        await StateAsync(name, "ready");
        Assert.Equal([name], (await _user.GetAsync("projects")).Json.AsArray().Select(p => p!["name"]!.GetValue<string>()));

        var ns = (await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, $"bh-{name}")).Value;
        Assert.NotNull(ns.Metadata.Annotation(Labels.ProjectId));
        Assert.Equal("baseline", ns.Metadata.Label("pod-security.kubernetes.io/enforce"));
        foreach (var type in new[] { ResourceType.ResourceQuotas, ResourceType.LimitRanges, ResourceType.NetworkPolicies })
            Assert.NotEmpty((await shared.Cluster.ListAsync<JsonObject>(type, $"bh-{name}")).Value.Items);

        (await _user.DeleteAsync($"projects/{name}")).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{name}"), a => a.Status == 404);
        Assert.True((await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, $"bh-{name}")).Error is KubernetesError { IsNotFound: true });
        Assert.Empty((await _user.GetAsync("projects")).Json.AsArray());

        // The name is free again, with a namespace of its own: what is kept of the old one elsewhere stays with the old one.
        await _user.CreateProjectAsync(name);
        var again = (await _user.GetAsync($"projects/{name}"))["namespace"]!.GetValue<string>();
        Assert.Matches($"^bh-{name}-[a-z2-9]{{5}}$", again);
        await _user.CreateAppAsync(name, new { name = "web", image = "demo/hello:1" });
        await _user.WaitStateAsync(name, "web", "live", release: 1);
        Assert.NotEmpty((await shared.Cluster.ListAsync<Deployment>(ResourceType.Deployments, again)).Value.Items);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("abcdefghijabcdefghijabcdefghijk")]
    [InlineData("1abc")]
    [InlineData("Shop")]
    [InlineData("my_shop")]
    [InlineData("shöp")]
    [InlineData("shop-")]
    [InlineData("my--shop")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public async Task A_bad_name_is_refused_with_its_field(string? name)
    {
        var refused = (await _user.PostAsync("projects", new { name })).AssertProblem(400, "invalid");
        Assert.Equal(["name"], refused.Fields);
    }

    [Theory]
    [InlineData("""{"name":"fine","owner":"me"}""")]
    [InlineData("""{"name":7}""")]
    [InlineData("{")]
    [InlineData("")]
    public async Task A_bad_body_is_a_problem(string body) =>
        (await _user.SendAsync(HttpMethod.Post, "projects", body)).AssertProblem(400, "invalid-body");

    [Fact]
    public async Task A_taken_name_is_a_conflict_also_at_the_same_moment()
    {
        var name = ApiUser.NewName("p");
        using var other = await ApiUser.RegisterAsync(shared.App);
        var answers = await Task.WhenAll(_user.PostAsync("projects", new { name }), other.PostAsync("projects", new { name }), _user.PostAsync("projects", new { name }));
        Assert.Single(answers, a => a.Status == 201);
        Assert.All(answers.Where(a => a.Status != 201), a => a.AssertProblem(409, "name-taken"));
    }

    [Fact]
    public async Task A_project_of_another_answers_as_a_missing_one_but_not_to_the_admin()
    {
        using var other = await ApiUser.RegisterAsync(shared.App);
        var name = ApiUser.NewName("p");
        var missing = (await _user.GetAsync($"projects/{name}")).AssertProblem(404, "not-found");
        var missingDelete = (await _user.DeleteAsync($"projects/{name}")).AssertProblem(404, "not-found");
        await other.CreateProjectAsync(name);
        Assert.Equal(missing, await _user.GetAsync($"projects/{name}"));
        Assert.Equal(missingDelete, await _user.DeleteAsync($"projects/{name}"));
        Assert.Equal("ready", (await other.GetAsync($"projects/{name}"))["state"]!.GetValue<string>());
        (await shared.Admin.GetAsync($"projects/{name}")).AssertStatus(200);
    }

    [Theory]
    [InlineData("/api/v1/projects/%00")]
    [InlineData("/api/v1/projects/..%2f..%2fhealthz")]
    [InlineData("/api/v1/projects/{0}")]
    [InlineData("/api/v1/projects/a'%22%3b--")]
    public async Task Strange_paths_are_refused_quietly(string path)
    {
        using var answer = await _user.Http.GetAsync(path.Replace("{0}", new string('a', 4000), StringComparison.Ordinal));
        Assert.InRange((int)answer.StatusCode, 400, 404);
    }

    [Theory]
    [InlineData("kube-system")]
    [InlineData("default")]
    public async Task A_project_named_after_a_system_namespace_gets_one_of_its_own(string name)
    {
        var before = (await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, name)).Value;
        await shared.Admin.CreateProjectAsync(name);
        Assert.Equal($"bh-{name}", (await shared.Admin.GetAsync($"projects/{name}"))["namespace"]!.GetValue<string>());
        var after = (await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, name)).Value;
        Assert.Equal(before.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_foreign_namespace_is_never_adopted_and_the_project_says_so()
    {
        var name = ApiUser.NewName("p");
        var foreign = JsonNode.Parse($$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"bh-{{name}}","labels":{"owner":"somebody"} } }""")!.AsObject();
        var made = (await shared.Cluster.CreateAsync(foreign)).Value;
        (await _user.PostAsync("projects", new { name })).AssertStatus(201);
        var project = await Eventually.GetAsync(() => _user.GetAsync($"projects/{name}"), a => a.Status == 200 && a["problem"] is not null);
        Assert.Equal("provisioning", project["state"]!.GetValue<string>());
        Assert.Contains("did not create", project["problem"]!.GetValue<string>(), StringComparison.Ordinal);

        // An application in it fails with a reason; nothing was put there.
        await _user.CreateAppAsync(name, new { name = "web", image = "demo/hello:1" });
        var rollout = await _user.WaitStateAsync(name, "web", "failed");
        Assert.Equal("rejected", rollout["diagnosis"]!["code"]!.GetValue<string>());
        Assert.Equal(made.Object.ToString(), (await shared.Cluster.GetAsync(ResourceType.Namespaces, null, $"bh-{name}")).Value.ToString());
        Assert.Empty((await shared.Cluster.ListAsync<Deployment>(ResourceType.Deployments, $"bh-{name}")).Value.Items);

        // Deleting the project leaves it alone.
        (await _user.DeleteAsync($"projects/{name}")).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{name}"), a => a.Status == 404);
        Assert.Null((await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, $"bh-{name}")).Value.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task A_namespace_of_another_Babyhelm_is_not_seen_into_and_loses_nothing()
    {
        var name = ApiUser.NewName("p");
        var ns = $"bh-{name}";
        var theirs = $$"""
            {"app.kubernetes.io/managed-by":"babyhelm","app.kubernetes.io/name":"web","babyhelm.dev/project":"{{name}}","babyhelm.dev/app":"web","babyhelm.dev/release":"1"}
            """;
        foreach (var manifest in new[]
        {
            $$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{ns}}","labels":{"app.kubernetes.io/managed-by":"babyhelm"},"annotations":{"babyhelm.dev/project-id":"{{Guid.NewGuid()}}"} } }""",
            $$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"{{ns}}","labels":{{theirs}} },
             "spec":{"replicas":1,"selector":{"matchLabels":{"babyhelm.dev/app":"web"} },"template":{"metadata":{"labels":{{theirs}} },
             "spec":{"containers":[{"name":"web","image":"demo/hello:1","ports":[{"name":"http","containerPort":8080}]}]} } } }
            """,
        }) Assert.Null((await shared.Cluster.CreateAsync(JsonNode.Parse(manifest)!.AsObject())).Error);
        await Eventually.GetAsync(async () => (await shared.Cluster.ListAsync<Pod>(ResourceType.Pods, ns)).Value.Items, pods => pods.Any(p => p.Status.Phase == "Running"));

        (await _user.PostAsync("projects", new { name })).AssertStatus(201);
        await _user.CreateAppAsync(name, new { name = "web", image = "demo/hello:1", ports = new[] { new { port = 80, targetPort = 8080 } } });
        var rollout = await _user.WaitStateAsync(name, "web", "failed");
        Assert.Equal("rejected", rollout["diagnosis"]!["code"]!.GetValue<string>());
        Assert.Empty(rollout["pods"]!.AsArray());
        Assert.Equal("", (await _user.GetAsync($"projects/{name}/apps/web/logs")).AssertStatus(200).Text);
        Assert.Empty((await _user.GetAsync($"projects/{name}/apps/web/events")).AssertStatus(200).Json.AsArray());
        await using var terminal = new TerminalClient();
        var authorization = await _user.AuthorizationAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => terminal.ConnectAsync(shared.App, $"/api/v1/projects/{name}/apps/web/terminal", ("Authorization", authorization)));
        Assert.Equal(HttpStatusCode.Conflict, terminal.Status);
        using var page = new HttpRequestMessage(HttpMethod.Get, shared.App.Url);
        page.Headers.Host = $"web-{name}.apps.localhost";
        using var answer = await _user.Http.SendAsync(page);
        Assert.Equal(503, (int)answer.StatusCode);

        // What is removed here stays there.
        (await _user.DeleteAsync($"projects/{name}/apps/web")).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{name}/apps/web"), a => a.Status == 404);
        Assert.Null((await shared.Cluster.GetAsync<Deployment>(ResourceType.Deployments, ns, "web")).Value.Metadata.DeletionTimestamp);
    }

    private Task StateAsync(string name, string state) =>
        Eventually.GetAsync(() => _user.GetAsync($"projects/{name}"), a => a.Status == 200 && a["state"]!.GetValue<string>() == state);
}
