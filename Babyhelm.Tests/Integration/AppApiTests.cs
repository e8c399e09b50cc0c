using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>Secrets, faults, foreigners, logs and the API's own description.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class AppApiTests(SharedBabyhelm shared) : IAsyncLifetime
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
    public async Task A_secret_reaches_the_pod_and_nobody_else()
    {
        var value = $"s3cr3t-{Guid.NewGuid():N}";
        var hidden = Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
        await _user.CreateAppAsync(_project, Spec(new { name = "API_KEY", value, secret = true }, new { name = "MODE", value = "prod" }));
        await _user.WaitStateAsync(_project, "web", "live");
        Assert.Equal(value, await SecretAsync("API_KEY"));

        // Without a value the stored one stays.
        await _user.DeployAsync(_project, "web", Spec(new { name = "API_KEY", secret = true }, new { name = "MODE", value = "test" }));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        Assert.Equal(value, await SecretAsync("API_KEY"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://web-{_project}.apps.localhost:{shared.App.Port}");
        request.Headers.Accept.ParseAdd("application/json");
        using var page = await _user.Http.SendAsync(request);
        var environment = JsonNode.Parse(await page.Content.ReadAsStringAsync())!["environment"]!.AsArray().Select(e => e!.GetValue<string>()).ToList();
        Assert.Contains("API_KEY", environment);
        Assert.Contains("MODE", environment);

        var texts = new List<string>
        {
            (await _user.PutAsync($"projects/{_project}/apps/web", new { name = "web", image = "demo/hello:1", replicas = -1, env = new object[] { new { name = "API_KEY", value, secret = true }, new { name = "1bad", value, secret = true } } })).AssertProblem(400, "invalid").Text,
            (await _user.PutAsync($"projects/{_project}/apps/web", new { name = "web", image = "demo/hello:1", env = new object[] { new { name = "API_KEY", value = new[] { value }, secret = true } } })).AssertProblem(400, "invalid").Text,
            (await _user.SendAsync(HttpMethod.Put, $"projects/{_project}/apps/web", $$"""{"name":"web","env":[{"name":"A","value":"{{value}}" """)).AssertProblem(400, "invalid").Text,
            shared.App.Output,
        };
        foreach (var path in new[] { "", "/web", "/web/releases", "/web/releases/1", "/web/releases/1/manifests", "/web/releases/2/manifests", "/web/rollout", "/web/events", "/web/logs" })
            texts.Add((await _user.GetAsync($"projects/{_project}/apps{path}")).AssertStatus(200).Text);
        foreach (var table in new[] { "applications", "releases", "audit_entries", "qrtz_job_details", "qrtz_triggers" }) texts.AddRange(await RowsAsync(table));
        Assert.All(texts, text =>
        {
            Assert.DoesNotContain(value, text, StringComparison.Ordinal);
            Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
        });

        // Its name may be read, its absence told.
        var app = await _user.GetAsync($"projects/{_project}/apps/web");
        Assert.Equal("API_KEY", app["env"]![0]!["name"]!.GetValue<string>());
        Assert.Null(app["env"]![0]!["value"]);
        Assert.Equal("test", app["env"]![1]!["value"]!.GetValue<string>());
        var unknown = await _user.PutAsync($"projects/{_project}/apps/web", Spec(new { name = "OTHER", secret = true }));
        Assert.Equal(["env[0].value"], unknown.AssertProblem(400, "invalid").Fields);
        var opened = await _user.PutAsync($"projects/{_project}/apps/web", Spec(new { name = "API_KEY", secret = false }));
        Assert.Equal(["env[0].value"], opened.AssertProblem(400, "invalid").Fields);
    }

    [Theory]
    [InlineData("""{"image":"demo/hello:1"}""", "name")]
    [InlineData("""{"name":"web"}""", "image")]
    [InlineData("""{"name":"Web","image":"nginx\n  privileged: true","replicas":101}""", "image,name,replicas")]
    [InlineData("""{"name":"web","image":"demo/hello:1","ports":[{"port":0,"targetPort":80}]}""", "ports[0].port")]
    [InlineData("""{"name":"web","image":"demo/hello:1","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}""", "env[1].name")]
    [InlineData("""{"name":"web","image":"demo/hello:1","privileged":true}""", "privileged")]
    [InlineData("""{"name":"web","image":"demo/hello:1","resources":{"cpu":"lots"}}""", "resources.cpu")]
    [InlineData("""{"name":"web","image":"demo/hello:1","progressDeadlineSeconds":1}""", "progressDeadlineSeconds")]
    [InlineData("""{"name":"web","image":"demo/hello:1","kind":"batch"}""", "kind")]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    [InlineData("not json", "")]
    [InlineData("", "")]
    public async Task A_faulty_spec_names_its_fields_and_makes_nothing(string spec, string fields)
    {
        var refused = (await _user.SendAsync(HttpMethod.Post, $"projects/{_project}/apps", spec)).AssertProblem(400, "invalid");
        Assert.Equal(fields.Split(','), refused.Fields);
        Assert.Empty((await _user.GetAsync($"projects/{_project}/apps")).Json.AsArray());
        (await _user.SendAsync(HttpMethod.Post, $"projects/{_project}/apps", spec, "text/plain")).AssertProblem(415, "unsupported-media-type");
    }

    [Theory]
    [InlineData("""{"name":"web","image":"nginx\n  privileged: true","replicas":101}""", "image,replicas")]
    [InlineData("""{"name":"web","image":"demo/hello:1","privileged":true}""", "privileged")]
    [InlineData("""{"name":"web","image":"demo/hello:1","labels":{"babyhelm.dev/project":"other"}}""", "labels")]
    [InlineData("""{"name":"web","image":"demo/hello:1","annotations":{"pod-security.kubernetes.io/enforce":"privileged"}}""", "annotations")]
    [InlineData("""{"name":"web","image":"demo/hello:1","hostNetwork":true}""", "hostNetwork")]
    [InlineData("""{"name":"web","image":"demo/hello:1","state":"live"}""", "state")]
    [InlineData("""{"name":"web","image":"demo/hello:1","volumes":[{"name":"x","mountPath":"/x","hostPath":"/"}]}""", "volumes[0].hostPath")]
    public async Task A_change_is_checked_as_the_first_deploy_and_changes_nothing(string spec, string fields)
    {
        await _user.CreateAppAsync(_project, new { name = "web", image = "demo/hello:1" });
        var before = (await _user.GetAsync($"projects/{_project}/apps/web")).AssertStatus(200)["release"]!.GetValue<int>();
        Assert.Equal(fields.Split(','), (await _user.SendAsync(HttpMethod.Put, $"projects/{_project}/apps/web", spec)).AssertProblem(400, "invalid").Fields);
        Assert.Equal(before, (await _user.GetAsync($"projects/{_project}/apps/web"))["release"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_application_of_another_answers_as_a_missing_one_on_every_route()
    {
        using var stranger = await ApiUser.RegisterAsync(shared.App);
        var own = await stranger.CreateProjectAsync();
        var before = await AnswersAsync(stranger, _project, "web");
        Assert.All(before, a => a.AssertProblem(404, "not-found"));
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        Assert.Equal(before, await AnswersAsync(stranger, _project, "web"));
        // Neither can it be reached through a project of one's own.
        Assert.All(await AnswersAsync(stranger, own, "web", create: false), a => a.AssertProblem(404, "not-found"));
        Assert.Equal(1, (await _user.GetAsync($"projects/{_project}/apps/web"))["release"]!.GetValue<int>());
    }

    [Fact]
    public async Task Logs_and_events_are_read_and_followed()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live");
        var url = $"http://web-{_project}.apps.localhost:{shared.App.Port}";
        var logs = $"projects/{_project}/apps/web/logs";
        await _user.Http.GetStringAsync($"{url}/before");
        await Eventually.GetAsync(() => _user.GetAsync(logs), a => a.Text.Contains("GET /before", StringComparison.Ordinal));
        var lines = (await _user.GetAsync($"{logs}?tail=1")).AssertStatus(200).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches(@"^\[web-[a-z0-9-]+\] .*GET /before", Assert.Single(lines));
        Assert.Equal("", (await _user.GetAsync($"{logs}?tail=0")).AssertStatus(200).Text);
        foreach (var tail in new[] { "-1", "10001" }) Assert.Equal(["tail"], (await _user.GetAsync($"{logs}?tail={tail}")).AssertProblem(400, "invalid").Fields);
        (await _user.GetAsync($"{logs}?tail=many")).AssertStatus(400);
        Assert.Equal(["previous"], (await _user.GetAsync($"{logs}?follow=true&previous=true")).AssertProblem(400, "invalid").Fields);
        Assert.Equal("", (await _user.GetAsync($"{logs}?pod=other-pod")).AssertStatus(200).Text);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var response = await _user.Http.GetAsync($"/api/v1/{logs}?follow=true&tail=1", HttpCompletionOption.ResponseHeadersRead, limit.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        Assert.Contains("GET /before", await reader.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            await _user.Http.GetStringAsync($"{url}/during{i}");
            Assert.Contains($"GET /during{i}", await reader.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        }

        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web/events"),
            a => a.Status == 200 && a.Json.AsArray().Any(e => e!["reason"]!.GetValue<string>() == "Pulled"));
    }

    /// <summary>Which routes there are, the access matrix holds.</summary>
    [Fact]
    public async Task The_description_says_of_every_route_what_it_does()
    {
        var document = (await _user.GetAsync("/openapi/v1.json")).AssertStatus(200);
        Assert.All(document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()), m => Assert.NotEmpty(m.Value!["summary"]!.GetValue<string>()));
    }

    private async Task<IReadOnlyList<Answer>> AnswersAsync(ApiUser user, string project, string app, bool create = true)
    {
        var answers = new List<Answer>();
        foreach (var path in new[] { "", "/releases", "/releases/1", "/releases/1/manifests", "/rollout", "/logs", "/logs?tail=-1", "/logs?follow=true", "/events" })
            answers.Add(await user.GetAsync($"projects/{project}/apps/{app}{path}"));
        answers.Add(await user.PutAsync($"projects/{project}/apps/{app}", Specs.Checked(app, "demo/hello:9")));
        answers.Add(await user.PutAsync($"projects/{project}/apps/{app}", new { name = app, image = "not valid" }));
        answers.Add(await user.PostAsync($"projects/{project}/apps/{app}/rollback", new { release = 1 }));
        answers.Add(await user.PostAsync($"projects/{project}/apps/{app}/repair", null));
        answers.Add(await user.SendAsync(HttpMethod.Patch, $"projects/{project}/apps/{app}/settings", """{"selfHeal":false}"""));
        answers.Add(await user.DeleteAsync($"projects/{project}/apps/{app}"));
        if (!create) return answers;
        answers.Add(await user.GetAsync($"projects/{project}/apps"));
        answers.Add(await user.PostAsync($"projects/{project}/apps", Specs.Checked(app, "demo/hello:9")));
        return answers;
    }

    private async Task<string?> SecretAsync(string key)
    {
        var secrets = (await shared.Cluster.ListAsync<JsonObject>(ResourceType.Secrets, $"bh-{_project}", $"{Labels.App}=web")).Value.Items;
        var data = secrets.Select(s => s["data"]?[key]?.GetValue<string>()).FirstOrDefault(d => d is not null);
        return data is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(data));
    }

    private async Task<IReadOnlyList<string>> RowsAsync(string table)
    {
        await using var connection = new NpgsqlConnection(shared.App.Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM {table} t", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    private static object Spec(params object[] env) => new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env };
}
