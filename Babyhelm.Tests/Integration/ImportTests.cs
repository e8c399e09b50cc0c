using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>Compose files and archives over HTTP, to applications that run.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class ImportTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private const string Compose = """
        services:
          web:
            image: demo/hello:${TAG:?a tag}
            ports: ["8080:8080"]
            environment: {MODE: "${MODE}", TOKEN: t0ken}
          db:
            image: demo/hello:1
          built:
            build: .
        """;

    private ApiUser _user = null!;
    private string _project = "";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
    }

    public Task DisposeAsync()
    {
        _user.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_compose_file_is_looked_at_first_and_then_its_services_run()
    {
        var path = $"projects/{_project}/import";
        Assert.Equal(["services.web.image"], (await _user.PostAsync(path, new { compose = Compose })).AssertProblem(400, "invalid").Fields);
        (await _user.PostAsync(path, new { compose = "a: [" })).AssertProblem(400, "invalid");
        var variables = new Dictionary<string, string?> { ["TAG"] = "1", ["MODE"] = null };
        var look = (await _user.PostAsync($"{path}?dryRun=true", new { compose = Compose, variables })).AssertStatus(200);
        Assert.Equal(["web", "db", "built"], look["applications"]!.AsArray().Select(a => Text(a!["source"])));
        Assert.Equal(["MODE"], look["unset"]!.AsArray().Select(Text));
        Assert.Contains(look["notes"]!.AsArray(), n => Text(n!["service"]) == "built" && Text(n["key"]) == "build" && Text(n["outcome"]) == "notTaken");
        Assert.DoesNotContain("t0ken", look.Text, StringComparison.Ordinal);
        Assert.Empty((await _user.GetAsync($"projects/{_project}/apps")).Json.AsArray());

        // What can't be created keeps the others from being made.
        (await _user.PostAsync(path, new { compose = Compose, variables, services = new[] { "web", "built" } })).AssertProblem(400, "invalid");
        (await _user.PostAsync(path, new { compose = Compose, variables, services = new[] { "nobody" } })).AssertProblem(400, "invalid");
        Assert.Empty((await _user.GetAsync($"projects/{_project}/apps")).Json.AsArray());
        var made = (await _user.PostAsync(path, new { compose = Compose, variables, services = new[] { "web" } })).AssertStatus(200);
        Assert.Equal([1, null, null], made["applications"]!.AsArray().Select(a => a!["release"]?.GetValue<int>()));
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        var app = await _user.GetAsync($"projects/{_project}/apps/web");
        Assert.Equal(("demo/hello:1", true), (Text(app["image"]), app["env"]!.AsArray().Single(e => Text(e!["name"]) == "TOKEN")!["secret"]!.GetValue<bool>()));
        Assert.Equal("Imported from a Compose file", Text((await _user.GetAsync($"projects/{_project}/apps/web/releases/1"))["message"]));

        // A second time it is taken, and the others can still be made.
        look = (await _user.PostAsync($"{path}?dryRun=true", new { compose = Compose, variables })).AssertStatus(200);
        Assert.Contains("already", Text(look["applications"]![0]!["problems"]![0]!["message"]), StringComparison.Ordinal);
        (await _user.PostAsync(path, new { compose = Compose, variables })).AssertStatus(200);
        await _user.WaitStateAsync(_project, "db", "live", release: 1);
    }

    [Fact]
    public async Task A_project_comes_back_from_its_archive_in_another_and_in_itself()
    {
        await _user.CreateAppAsync(_project, new
        {
            name = "web",
            image = "demo/hello:1",
            health = new { path = "/" },
            replicas = 2,
            env = new object[] { new { name = "MODE", value = "one" }, new { name = "KEY", value = "hidden-value", secret = true } },
        });
        await _user.CreateAppAsync(_project, Specs.Checked("idle", "demo/hello:2"));
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        await _user.WaitStateAsync(_project, "idle", "live", release: 1);
        (await _user.PatchAsync($"projects/{_project}/apps/web/settings", new { autoRollback = false })).AssertStatus(204);
        (await _user.PostAsync($"projects/{_project}/apps/web/hook", null)).AssertStatus(201);
        (await _user.PostAsync($"projects/{_project}/apps/idle/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "idle", "stopped", release: 2);
        var bytes = await _user.Http.GetByteArrayAsync($"/api/v1/projects/{_project}/archive");
        var archive = Convert.ToBase64String(bytes);

        // In another project, with values for the secrets.
        var other = await _user.CreateProjectAsync();
        var path = $"projects/{other}/archive";
        var look = (await _user.PostAsync($"{path}?dryRun=true", new { archive })).AssertStatus(200);
        Assert.Equal(_project, Text(look["project"]));
        var web = look["applications"]!.AsArray().Single(a => Text(a!["source"]) == "web")!;
        Assert.Equal(["KEY"], web["missingSecrets"]!.AsArray().Select(Text));
        Assert.Contains(web["notes"]!.AsArray(), n => Text(n)!.Contains("deploy hook", StringComparison.Ordinal));
        (await _user.PostAsync(path, new { archive })).AssertProblem(400, "invalid");
        (await _user.PostAsync(path, new { archive = Convert.ToBase64String(bytes[..^30]) })).AssertProblem(400, "invalid");
        var secrets = new Dictionary<string, object> { ["web"] = new Dictionary<string, string> { ["KEY"] = "another" } };
        (await _user.PostAsync(path, new { archive, secrets })).AssertStatus(200);
        await _user.WaitStateAsync(other, "web", "live", release: 1);
        // Never run there: its first release is the stopped one.
        await _user.WaitStateAsync(other, "idle", "stopped", release: 1);
        (await _user.PostAsync($"projects/{other}/apps/idle/start", null)).AssertStatus(202);
        await _user.WaitStateAsync(other, "idle", "live", release: 2);
        var (mine, theirs) = (await _user.GetAsync($"projects/{_project}/apps/web"), await _user.GetAsync($"projects/{other}/apps/web"));
        foreach (var field in new[] { "image", "ports", "env", "replicas", "resources", "health", "expose", "autoRollback", "selfHeal" })
            Assert.Equal(mine[field]?.ToJsonString(), theirs[field]?.ToJsonString());
        (await _user.GetAsync($"projects/{other}/apps/web/hook")).AssertProblem(404, "not-found");

        // Back in its own, over what was changed since; the secret keeps its value.
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/hello:9", env = new object[] { new { name = "KEY", secret = true } } });
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await _user.PostAsync($"projects/{_project}/archive", new { archive })).AssertProblem(400, "invalid");
        var back = (await _user.PostAsync($"projects/{_project}/archive", new { archive, replace = true, applications = new[] { "web" } })).AssertStatus(200);
        Assert.Equal(3, back["applications"]!.AsArray().Single(a => Text(a!["source"]) == "web")!["release"]!.GetValue<int>());
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        Assert.Equal(mine["env"]!.ToJsonString(), (await _user.GetAsync($"projects/{_project}/apps/web"))["env"]!.ToJsonString());
        var secret = (await shared.Cluster.ListAsync<JsonObject>(Babyhelm.Core.Kubernetes.ResourceType.Secrets, $"bh-{_project}")).Value.Items.Single(s => Text(s["metadata"]!["name"]) == "web-env-r3");
        Assert.Equal(Convert.ToBase64String("hidden-value"u8), Text(secret["data"]!["KEY"]));
    }

    /// <summary>What a deploy would refuse is told by the look already; what only the others leave no room for, as a note.</summary>
    [Fact]
    public async Task A_look_at_an_archive_knows_registries_and_quota()
    {
        await _user.CreateAppAsync(_project, Cron("one"));
        await _user.CreateAppAsync(_project, Cron("two"));
        var archive = Rewritten(await _user.Http.GetByteArrayAsync($"/api/v1/projects/{_project}/archive"), (name, spec) =>
        {
            foreach (var amount in new[] { "memory", "memoryLimit" }) spec["resources"]![amount] = name == "one" ? "600Mi" : "700Mi";
            if (name == "two") spec["registry"] = "missing";
        });
        var other = await _user.CreateProjectAsync();
        (await shared.Admin.PutAsync($"projects/{other}/quota", new { memory = "1Gi" })).AssertStatus(204);
        async Task<JsonNode> LookAsync(string name) => (await _user.PostAsync($"projects/{other}/archive?dryRun=true", new { archive })).AssertStatus(200)["applications"]!.AsArray().Single(a => Text(a!["source"]) == name)!;
        Assert.Equal(["registry"], (await LookAsync("two"))["problems"]!.AsArray().Select(p => Text(p!["field"])));
        (await _user.PostAsync($"projects/{other}/archive", new { archive })).AssertProblem(400, "invalid");

        archive = Rewritten(Convert.FromBase64String(archive), (_, spec) => spec.AsObject().Remove("registry"));
        Assert.DoesNotContain((await LookAsync("one"))["notes"]!.AsArray(), n => Text(n)!.Contains("quota", StringComparison.Ordinal));
        Assert.Empty((await LookAsync("two"))["problems"]!.AsArray());
        Assert.Contains((await LookAsync("two"))["notes"]!.AsArray(), n => Text(n)!.Contains("quota", StringComparison.Ordinal));
        (await shared.Admin.PutAsync($"projects/{other}/quota", new { memory = "512Mi" })).AssertStatus(204);
        Assert.Equal(["resources"], (await LookAsync("one"))["problems"]!.AsArray().Select(p => Text(p!["field"])));
    }

    [Fact]
    public async Task A_project_that_no_import_would_take_back_is_not_exported()
    {
        var random = new Random(1);
        foreach (var name in new[] { "one", "two", "three" })
            await _user.CreateAppAsync(_project, new
            {
                name,
                image = "demo/hello:1",
                kind = "cron",
                schedule = "0 0 1 1 *",
                env = Enumerable.Range(0, 8).Select(i => new { name = $"V{i}", value = random.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 65_000) }),
            });
        (await _user.GetAsync($"projects/{_project}/archive")).AssertProblem(409, "archive-too-large");
    }

    [Fact]
    public async Task Registries_go_with_an_archive_without_their_passwords()
    {
        const string password = "never-in-an-archive";
        const string host = "127.0.0.1:1"; // never asked: the credentials are kept untested
        await AddRegistryAsync(_project, "mine");
        await _user.CreateAppAsync(_project, new { name = "one", image = $"{host}/demo/hello:1", kind = "cron", schedule = "0 0 1 1 *", registry = "mine" });
        var bytes = await _user.Http.GetByteArrayAsync($"/api/v1/projects/{_project}/archive");
        using (var zip = new ZipArchive(new MemoryStream(bytes)))
            foreach (var entry in zip.Entries)
            {
                using var text = new StreamReader(entry.Open());
                Assert.DoesNotContain(password, await text.ReadToEndAsync(), StringComparison.Ordinal);
            }

        var archive = Convert.ToBase64String(bytes);
        var other = await _user.CreateProjectAsync();
        async Task<JsonNode> LookAsync() => (await _user.PostAsync($"projects/{other}/archive?dryRun=true", new { archive })).AssertStatus(200).Json;
        var look = await LookAsync();
        var missing = Assert.Single(look["registries"]!.AsArray())!;
        Assert.Equal(("mine", host, "ada"), (Text(missing["name"]), Text(missing["host"]), Text(missing["userName"])));
        Assert.Equal(["one"], missing["usedBy"]!.AsArray().Select(Text));
        Assert.Contains($"Add a registry 'mine' for {host}", Text(missing["toDo"]), StringComparison.Ordinal);
        Assert.Equal(["registry"], look["applications"]![0]!["problems"]!.AsArray().Select(p => Text(p!["field"])));

        await AddRegistryAsync(other, "mine");
        look = await LookAsync();
        Assert.Empty(look["registries"]!.AsArray());
        Assert.Equal(1, (await _user.PostAsync($"projects/{other}/archive", new { archive })).AssertStatus(200)["applications"]![0]!["release"]!.GetValue<int>());

        async Task AddRegistryAsync(string project, string name) =>
            (await _user.PostAsync($"projects/{project}/registries", new { name, host, userName = "ada", password })).AssertStatus(201);
    }

    private static object Cron(string name) => new { name, image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *" };

    /// <summary>The archive with its applications' specs changed.</summary>
    private static string Rewritten(byte[] archive, Action<string, JsonNode> change)
    {
        using var file = new MemoryStream();
        file.Write(archive);
        using (var zip = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
            foreach (var entry in zip.Entries.Where(e => e.FullName.StartsWith("applications/", StringComparison.Ordinal)).ToList())
            {
                using var content = entry.Open();
                var app = JsonNode.Parse(content)!;
                change(Path.GetFileNameWithoutExtension(entry.Name), app["spec"]!);
                content.SetLength(0);
                content.Write(Encoding.UTF8.GetBytes(app.ToJsonString()));
            }
        return Convert.ToBase64String(file.ToArray());
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
