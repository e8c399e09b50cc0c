using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Integration;

/// <summary>Exports over HTTP, of what was really deployed.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class ExportTests(SharedBabyhelm shared) : IAsyncLifetime
{
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
    public async Task An_application_that_runs_is_exported_as_it_runs_without_its_secrets()
    {
        await _user.CreateAppAsync(_project, new
        {
            name = "web",
            image = "demo/hello:1",
            health = new { path = "/" },
            env = new object[] { new { name = "MODE", value = "{{ .Values }}" }, new { name = "KEY", value = "hidden-value", secret = true } },
        });
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        (await _user.PostAsync($"projects/{_project}/apps/web/scale", new { replicas = 2 })).AssertStatus(202);
        var answer = (await _user.GetAsync($"projects/{_project}/apps/web/manifests?format=yaml")).AssertStatus(200);
        Assert.Equal("application/yaml", answer.ContentType);
        Assert.DoesNotContain("hidden-value", answer.Text, StringComparison.Ordinal);
        Assert.Contains("CHANGE-ME", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain($"bh-{_project}", answer.Text, StringComparison.Ordinal);
        var documents = Yaml.Parse(answer.Text).Value;
        Assert.Equal(["Secret", "Deployment", "Service"], documents.Select(d => (string)d["kind"]!));
        Assert.Equal(2, documents[1]["spec"]!["replicas"]!.GetValue<long>());

        // Taken by Kubernetes in another namespace, and nothing of it is Babyhelm's there.
        var elsewhere = ApiUser.NewName("e");
        Assert.Null((await shared.Cluster.CreateAsync((JsonObject)JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{elsewhere}}}"}}""")!)).Error);
        foreach (var document in documents)
        {
            document["metadata"]!["namespace"] = elsewhere;
            Assert.Null((await shared.Cluster.ApplyAsync(document)).Error);
        }
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Deployments, elsewhere, "web"), d => d.Value["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        Assert.True((await shared.Cluster.DeleteAsync(ResourceType.Namespaces, null, elsewhere)).Value.Found);

        // A stopped one is given as it would run.
        (await _user.PostAsync($"projects/{_project}/apps/web/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 2);
        using var chart = await _user.Http.GetAsync($"/api/v1/projects/{_project}/apps/web/chart");
        Assert.Equal(("application/gzip", "web-0.2.0.tgz"), (chart.Content.Headers.ContentType?.MediaType, chart.Content.Headers.ContentDisposition?.FileName));
        using var tar = new TarReader(new GZipStream(await chart.Content.ReadAsStreamAsync(), CompressionMode.Decompress));
        var files = new Dictionary<string, string>();
        while (await tar.GetNextEntryAsync() is { } entry) files[entry.Name] = await new StreamReader(entry.DataStream!).ReadToEndAsync();
        var values = Yaml.Parse(files["web/values.yaml"]).Value.Single();
        Assert.Equal((2L, "demo/hello", "1", ""), (values["replicaCount"]!.GetValue<long>(), (string?)values["image"]!["repository"], (string?)values["image"]!["tag"], (string?)values["secrets"]!["KEY"]));
        Assert.Equal("{{ .Values }}", (string?)values["env"]![0]!["value"]);
        Assert.All(files, f => Assert.DoesNotContain("hidden-value", f.Value, StringComparison.Ordinal));
        (await _user.GetAsync($"projects/{_project}/apps/web/manifests?format=xml")).AssertStatus(400);
    }
}
