using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>Registries of a project: tested as they are saved, given to the cluster as they are now, and never shown again.</summary>
[Collection(StreamCollection.Name)]
public sealed class RegistryTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";
    private TestRegistry _registry = null!;

    private string Path => $"projects/{_project}/registries";
    private string Image => $"{_registry.Host}/acme/private-app:1";

    public async Task InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        (await shared.Admin.PutAsync("admin/settings", new { outboundNetworks = new[] { "127.0.0.0/8" } })).AssertStatus(204);
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
    }

    public async Task DisposeAsync()
    {
        (await shared.Admin.PutAsync("admin/settings", new { outboundNetworks = Array.Empty<string>() })).AssertStatus(204);
        await _registry.DisposeAsync();
        _user.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_are_tested_as_they_are_saved(bool bearer)
    {
        await using var registry = await TestRegistry.StartAsync(bearer);
        var refused = (await AddAsync("acme", registry.Host, "wrong")).AssertProblem(400, "invalid");
        Assert.Equal(["password"], refused.Fields);
        Assert.Empty((await _user.GetAsync(Path)).Json.AsArray());

        var made = (await AddAsync("acme", $"http://{registry.Host}/", registry.Password)).AssertStatus(201);
        Assert.Equal(registry.Host, made["host"]!.GetValue<string>());
        Assert.Null(made["notice"]);
        (await AddAsync("acme", registry.Host, registry.Password)).AssertProblem(409, "name-taken");
        Assert.Equal(["host", "name", "password", "userName"], (await _user.PostAsync(Path, new { name = "A B", host = "http://x/y/z" })).AssertProblem(400, "invalid").Fields);

        // What was good may be so no more: the test says it, a change is refused, and what is stored stays.
        var old = registry.Password;
        registry.Password = "another-one";
        Assert.Contains("refuses", (await _user.PostAsync($"{Path}/acme/test", null)).AssertStatus(200)["notice"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["password"], (await _user.PutAsync($"{Path}/acme", new { host = registry.Host, userName = TestRegistry.User })).AssertProblem(400, "invalid").Fields);
        Assert.Null((await _user.PutAsync($"{Path}/acme", new { host = registry.Host, userName = TestRegistry.User, password = "another-one" })).AssertStatus(200)["notice"]);

        // A stored password is not sent to another host.
        Assert.Equal(["password"], (await _user.PutAsync($"{Path}/acme", new { host = _registry.Host, userName = TestRegistry.User })).AssertProblem(400, "invalid").Fields);
        Assert.DoesNotContain(old, shared.App.Output, StringComparison.Ordinal);
        foreach (var text in new[] { made.Text, (await _user.GetAsync(Path)).Text, (await _user.GetAsync($"projects/{_project}/audit")).AssertStatus(200).Text })
        {
            Assert.Contains("acme", text, StringComparison.Ordinal);
            Assert.DoesNotContain(old, text, StringComparison.Ordinal);
            Assert.DoesNotContain("another-one", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_registry_that_cannot_be_asked_is_saved_with_a_notice()
    {
        using var nobody = Tests.Common.TestPorts.Closed();
        var away = (await AddAsync("away", $"127.0.0.1:{Tests.Common.TestPorts.Port(nobody)}", "x")).AssertStatus(201);
        Assert.Contains("takes no connection", away["notice"]!.GetValue<string>(), StringComparison.Ordinal);

        (await shared.Admin.PutAsync("admin/settings", new { outboundNetworks = new[] { "nonsense" } })).AssertProblem(400, "invalid");
        (await shared.Admin.PutAsync("admin/settings", new { outboundNetworks = new[] { "10.0.0.0/8" } })).AssertStatus(204);
        var inside = (await AddAsync("inside", _registry.Host, _registry.Password)).AssertStatus(201);
        Assert.Contains("private network", inside["notice"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_pulls_with_it_for_its_whole_life()
    {
        Assert.Equal(["registry"], (await CreateAsync("acme")).AssertProblem(400, "invalid").Fields);
        (await AddAsync("acme", _registry.Host, _registry.Password)).AssertStatus(201);
        Assert.Equal(["registry"], (await _user.PostAsync($"projects/{_project}/apps/preview", new { name = "web", image = "demo/private:1", registry = "acme" })).AssertProblem(400, "invalid").Fields);

        (await CreateAsync(null)).AssertStatus(202);
        var failed = await _user.WaitStateAsync(_project, "web", "failed", release: 1);
        Assert.Equal("image-unauthorized", failed["diagnosis"]!["code"]!.GetValue<string>());
        Assert.Contains("No registry of the project is chosen", failed["diagnosis"]!["cause"]!.GetValue<string>(), StringComparison.Ordinal);

        await _user.DeployAsync(_project, "web", Spec("acme"));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        Assert.Equal(_registry.Password, await StoredAsync());
        Assert.Equal(["web"], Uses(await _user.GetAsync(Path)));
        var preview = (await _user.PostAsync($"projects/{_project}/apps/preview", Spec("acme"))).AssertStatus(200);
        Assert.Empty(preview["refusals"]!.AsArray());
        foreach (var text in new[] { preview.Text, (await _user.GetAsync($"projects/{_project}/apps/web/releases/2/manifests")).Text })
        {
            Assert.Contains("web--acme", text, StringComparison.Ordinal);
            Assert.DoesNotContain(_registry.Password, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(_registry.Password))[..20], text, StringComparison.Ordinal);
        }
        Assert.Contains("web", (await _user.DeleteAsync($"{Path}/acme")).AssertProblem(409, "registry-in-use")["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        // A new password is on the cluster without a release.
        _registry.Password = $"new-{Guid.NewGuid():N}";
        (await _user.PutAsync($"{Path}/acme", new { host = _registry.Host, userName = TestRegistry.User, password = _registry.Password })).AssertStatus(200);
        await Eventually.GetAsync(StoredAsync, password => password == _registry.Password);
        Assert.Equal(2, (await _user.GetAsync($"projects/{_project}/apps/web"))["release"]!.GetValue<int>());
        await PutRightAsync();

        // Without it, it goes from the cluster, and then from the project.
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/hello:1", health = new { path = "/" } });
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        await Eventually.GetAsync(SecretAsync, s => s.Error is KubernetesError { IsNotFound: true });
        (await _user.DeleteAsync($"{Path}/acme")).AssertStatus(204);
        Assert.Equal(["registry"], (await _user.PostAsync($"projects/{_project}/apps/web/rollback", new { release = 2 })).AssertProblem(400, "invalid").Fields);
    }

    [Theory]
    [InlineData("a.example:99999")]
    [InlineData("[:::]")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example")]
    public async Task A_host_that_is_no_address_is_refused(string host) =>
        Assert.Equal(["host"], (await AddAsync("acme", host, "x")).AssertProblem(400, "invalid").Fields);

    [Fact]
    public async Task A_token_that_is_no_text_is_none()
    {
        _registry.TokenBody = """{"token":"\ud800"}""";
        Assert.Contains("gave no token", (await AddAsync("acme", _registry.Host, _registry.Password)).AssertStatus(201)["notice"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_changes_while_the_registry_is_asked_is_not_written_over()
    {
        (await AddAsync("acme", _registry.Host, _registry.Password)).AssertStatus(201);
        var change = new { host = _registry.Host, userName = TestRegistry.User, password = _registry.Password };
        _registry.Meanwhile = async () => (await _user.PutAsync($"{Path}/acme", change)).AssertStatus(200);
        (await _user.PutAsync($"{Path}/acme", change)).AssertProblem(409, "changed-meanwhile");

        _registry.Meanwhile = async () => (await _user.DeleteAsync($"projects/{_project}")).AssertStatus(202);
        (await AddAsync("second", _registry.Host, _registry.Password)).AssertProblem(409, "project-deleting");
    }

    [Fact]
    public async Task New_credentials_of_what_failed_bring_its_namespace_back()
    {
        (await AddAsync("acme", _registry.Host, _registry.Password)).AssertStatus(201);
        (await _user.PostAsync($"projects/{_project}/apps", new { name = "web", image = $"{_registry.Host}/acme/missing-app:1", registry = "acme" })).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "failed", release: 1);
        Assert.Null((await shared.Cluster.DeleteAsync(ResourceType.Namespaces, null, $"bh-{_project}")).Error);
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Namespaces, null, $"bh-{_project}"), n => n.Error is KubernetesError { IsNotFound: true });

        _registry.Password = $"new-{Guid.NewGuid():N}";
        (await _user.PutAsync($"{Path}/acme", new { host = _registry.Host, userName = TestRegistry.User, password = _registry.Password })).AssertStatus(200);

        await Eventually.GetAsync(SecretAsync, s => s.Error is null);
        Assert.Equal(_registry.Password, await StoredAsync());
    }

    /// <summary>A release that names a registry without bringing credentials, in a project that has none of the name.</summary>
    [Fact]
    public async Task What_is_older_than_registries_can_be_restarted_cancelled_and_stopped()
    {
        await _user.CreateAppAsync(_project, new { name = "web", image = "demo/hello:1", health = new { path = "/" } });
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        await using (var source = NpgsqlDataSource.Create(shared.App.Connection))
        {
            await using var command = source.CreateCommand("""
                WITH named AS (UPDATE applications a SET spec = a.spec || '{"registry":"old"}' FROM projects p WHERE p.id = a.project_id AND p.name = $1 RETURNING a.id)
                UPDATE releases r SET spec = r.spec || '{"registry":"old"}' FROM named WHERE r.application_id = named.id
                """);
            command.Parameters.AddWithValue(_project);
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }
        (await _user.PostAsync($"projects/{_project}/apps/web/restart", null)).AssertStatus(202);
        await Eventually.GetAsync(
            () => shared.Cluster.GetAsync(ResourceType.Deployments, $"bh-{_project}", "web"),
            d => d.Value["spec"]!["template"]!["metadata"]!["annotations"]?[Labels.RestartedAt] is not null);

        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/unready:1", health = new { path = "/" } });
        (await _user.PostAsync($"projects/{_project}/apps/web/cancel", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        (await _user.PostAsync($"projects/{_project}/apps/web/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 4);
    }

    /// <summary>Somebody deletes it by hand.</summary>
    private async Task PutRightAsync()
    {
        var before = (await SecretAsync()).Value["metadata"]!["uid"]!.GetValue<string>();
        Assert.Null((await shared.Cluster.DeleteAsync(ResourceType.Secrets, $"bh-{_project}", "web--acme")).Error);
        await Eventually.GetAsync(SecretAsync, s => s.Error is null && s.Value["metadata"]!["uid"]!.GetValue<string>() != before);
        Assert.Equal(_registry.Password, await StoredAsync());
    }

    private Task<Core.Common.Result<JsonObject>> SecretAsync() => shared.Cluster.GetAsync(ResourceType.Secrets, $"bh-{_project}", "web--acme");

    private async Task<string> StoredAsync()
    {
        var secret = (await SecretAsync()).Value;
        Assert.Equal("kubernetes.io/dockerconfigjson", secret["type"]!.GetValue<string>());
        var config = JsonNode.Parse(Convert.FromBase64String(secret["data"]![".dockerconfigjson"]!.GetValue<string>()))!;
        return config["auths"]![_registry.Host]!["password"]!.GetValue<string>();
    }

    private static IEnumerable<string> Uses(Answer list) => list.Json.AsArray().Single()!["usedBy"]!.AsArray().Select(u => u!.GetValue<string>());

    private Task<Answer> AddAsync(string name, string host, string password) => _user.PostAsync(Path, new { name, host, userName = TestRegistry.User, password });

    private Task<Answer> CreateAsync(string? registry) => _user.PostAsync($"projects/{_project}/apps", Spec(registry));

    private object Spec(string? registry) => new { name = "web", image = Image, registry, health = new { path = "/" } };
}
