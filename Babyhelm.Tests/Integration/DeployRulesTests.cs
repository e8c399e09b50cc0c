using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>A release, its preview, an import and the preview of a template refuse the same, with every field that is wrong.</summary>
[Collection(StreamCollection.Name)]
public sealed class DeployRulesTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";

    private string Apps => $"projects/{_project}/apps";

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
    public async Task Every_broken_rule_is_told_at_once_and_everywhere_alike()
    {
        (await shared.Admin.PutAsync($"projects/{_project}/quota", new { cpu = "1" })).AssertStatus(204);
        var spec = Spec("web", "5", "web.apps.localhost", "missing");
        var refused = (await _user.PostAsync(Apps, spec)).AssertProblem(400, "invalid");
        Assert.Equal(["expose.host", "registry", "resources"], refused.Fields);
        AssertSame(refused, await _user.PostAsync($"{Apps}/preview", spec));

        // The same application in an archive, which Babyhelm would not have let be made: as another installation has it.
        await _user.CreateAppAsync(_project, Spec("web", "100m", null, null));
        var archive = Rewritten(await _user.Http.GetByteArrayAsync($"/api/v1/projects/{_project}/archive"), app =>
        {
            app["registry"] = "missing";
            (app["expose"]!["type"], app["expose"]!["host"]) = ("ingress", "web.apps.localhost");
            (app["resources"]!["cpu"], app["resources"]!["cpuLimit"]) = ("5", "5");
        });
        var look = (await _user.PostAsync($"projects/{_project}/archive?dryRun=true", new { archive, replace = true })).AssertStatus(200);
        var problems = look["applications"]![0]!["problems"]!.AsArray();
        Assert.Equal(["registry", "resources", "expose.host"], problems.Select(p => Text(p!["field"])));
        var update = (await _user.PutAsync($"{Apps}/web", spec)).AssertProblem(400, "invalid");
        Assert.Equal(refused.Fields, update.Fields);
        foreach (var problem in problems.Where(p => Text(p!["field"]) is "registry" or "expose.host"))
            Assert.Equal(Text(problem!["message"]), Text(update["errors"]![Text(problem["field"])!]![0]));
        AssertSame(update, await _user.PostAsync($"{Apps}/preview", spec));
        Assert.Single((await _user.GetAsync($"{Apps}/web/releases")).Json.AsArray());
    }

    [Fact]
    public async Task What_is_taken_and_what_is_short_are_conflicts_of_both()
    {
        var host = $"{ApiUser.NewName("h")}.example.com";
        await _user.CreateAppAsync(_project, Spec("first", "100m", host, null));
        var taken = (await _user.PostAsync(Apps, Spec("second", "100m", host, null))).AssertProblem(409, "host-taken");
        AssertSame(taken, await _user.PostAsync($"{Apps}/preview", Spec("second", "100m", host, null)));
        (await shared.Admin.PutAsync($"projects/{_project}/quota", new { cpu = "500m" })).AssertStatus(204);
        var both = (await _user.PostAsync(Apps, Spec("second", "2", host, null))).AssertProblem(409, "quota-exceeded");
        Assert.Contains(Text(taken["detail"])!, Text(both["detail"]), StringComparison.Ordinal);
        AssertSame(both, await _user.PostAsync($"{Apps}/preview", Spec("second", "2", host, null)));
    }

    [Fact]
    public async Task The_preview_of_a_template_tells_what_a_deploy_with_it_would_be_refused_for()
    {
        (await shared.Admin.PutAsync($"projects/{_project}/quota", new { cpu = "500m" })).AssertStatus(204);
        await _user.CreateAppAsync(_project, Spec("web", "300m", null, null));
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        // Two pods beside each other are more than the quota has, as for a deploy of the same.
        var refused = (await _user.PutAsync($"{Apps}/web", Spec("web", "300m", null, null))).AssertProblem(409, "quota-exceeded");
        var refusal = Assert.Single((await PreviewAsync())["refusals"]!.AsArray())!;
        Assert.Equal(("Quota", Text(refused["detail"])), (Text(refusal["kind"]), Text(refusal["message"])));

        (await shared.Admin.PutAsync($"projects/{_project}/quota", new { cpu = "2" })).AssertStatus(204);
        Assert.DoesNotContain("imagePullPolicy: Always", Text((await PreviewAsync())["manifests"]), StringComparison.Ordinal);
        var token = Text((await _user.PostAsync($"{Apps}/web/hook", null)).AssertStatus(201)["token"]);
        using (var anybody = shared.App.CreateClient()) (await Answer.OfAsync(await anybody.PostAsync($"/hooks/deploy/{token}", null))).AssertStatus(202);
        // As the hook's release pulls it.
        var preview = await PreviewAsync();
        Assert.Empty(preview["refusals"]!.AsArray());
        Assert.Contains("imagePullPolicy: Always", Text(preview["manifests"]), StringComparison.Ordinal);

        async Task<Answer> PreviewAsync()
        {
            var source = Text((await shared.Admin.GetAsync("admin/templates/deployment")).AssertStatus(200)["source"])!.Replace("revisionHistoryLimit: 3", "revisionHistoryLimit: 4", StringComparison.Ordinal);
            return (await shared.Admin.PostAsync("admin/templates/deployment/preview", new { source, project = _project, app = "web" })).AssertStatus(200);
        }
    }

    private static void AssertSame(Answer refused, Answer preview)
    {
        Assert.Equal((refused.Status, refused.Code), (preview.Status, preview.Code));
        Assert.Equal(Text(refused["detail"]), Text(preview["detail"]));
        Assert.Equal(refused["errors"]?.ToJsonString(), preview["errors"]?.ToJsonString());
    }

    private static object Spec(string name, string cpu, string? host, string? registry) => new
    {
        name,
        image = "demo/hello:1",
        health = new { path = "/" },
        registry,
        resources = new { cpu, cpuLimit = cpu },
        expose = new { type = host is null ? "gateway" : "ingress", host },
    };

    private static string Rewritten(byte[] archive, Action<JsonNode> change)
    {
        using var file = new MemoryStream();
        file.Write(archive);
        using (var zip = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
            foreach (var entry in zip.Entries.Where(e => e.FullName.StartsWith("applications/", StringComparison.Ordinal)).ToList())
            {
                using var content = entry.Open();
                var app = JsonNode.Parse(content)!;
                change(app["spec"]!);
                content.SetLength(0);
                content.Write(Encoding.UTF8.GetBytes(app.ToJsonString()));
            }
        return Convert.ToBase64String(file.ToArray());
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
