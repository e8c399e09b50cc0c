using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>Templates that a platform admin changes: what is checked, what holds from when on, and the way back.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class TemplateTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task A_change_holds_for_the_next_release_and_goes_back()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = $"t{Guid.NewGuid():N}"[..16];
        (await user.PostAsync("projects", new { name = project })).AssertStatus(201);
        var apps = $"projects/{project}/apps";
        (await user.PostAsync(apps, new { name = "web", image = "demo/hello:1" })).AssertStatus(202);
        var builtIn = (await user.GetAsync($"{apps}/web/releases/1")).AssertStatus(200)["templateVersion"]!.GetValue<string>();

        var template = await ReadAsync("volume-claim");
        var source = template["source"]!.GetValue<string>();
        var changed = source.Replace("accessModes: [ReadWriteOnce]", "accessModes: [ReadWriteOncePod]", StringComparison.Ordinal);
        Assert.NotEqual(source, changed);
        // Volumes alone: other tests of this installation have none of the same name.
        var saved = (await SaveAsync("volume-claim", changed, "one pod at a time", (int?)template["revision"])).AssertStatus(200);
        try
        {
            Assert.Equal(changed, saved["source"]!.GetValue<string>());
            Assert.Equal("one pod at a time", saved["revisions"]![0]!["message"]!.GetValue<string>());
            // What is there stays as it was rendered.
            Assert.Equal(builtIn, (await user.GetAsync($"{apps}/web/releases/1"))["templateVersion"]!.GetValue<string>());
            (await user.PutAsync($"{apps}/web", new { name = "web", image = "demo/hello:1", volumes = new[] { new { name = "data", mountPath = "/data" } } })).AssertStatus(202);
            Assert.Contains("ReadWriteOncePod", (await user.GetAsync($"{apps}/web/releases/2/manifests")).AssertStatus(200).Text, StringComparison.Ordinal);
            Assert.Equal(saved["revisions"]![0]!["version"]!.GetValue<string>(), (await user.GetAsync($"{apps}/web/releases/2"))["templateVersion"]!.GetValue<string>());

            // Whoever read it before is told, and nothing is overwritten.
            (await SaveAsync("volume-claim", source, null, (int?)template["revision"])).AssertProblem(409, "changed-meanwhile");
            var number = saved["revision"]!.GetValue<int>();
            Assert.Equal(changed, (await shared.Admin.GetAsync($"admin/templates/volume-claim/revisions/{number}")).AssertStatus(200)["source"]!.GetValue<string>());
        }
        finally
        {
            (await shared.Admin.PutAsync("admin/templates/volume-claim", new { expectedRevision = (int?)saved["revision"] })).AssertStatus(200);
        }
        Assert.Equal(source, (await ReadAsync("volume-claim"))["source"]!.GetValue<string>());
        (await user.PutAsync($"{apps}/web", new { name = "web", image = "demo/hello:2", volumes = new[] { new { name = "data", mountPath = "/data" } } })).AssertStatus(202);
        Assert.Equal(builtIn, (await user.GetAsync($"{apps}/web/releases/3"))["templateVersion"]!.GetValue<string>());
        var entries = (await shared.Admin.GetAsync("audit?action=template.change")).AssertStatus(200)["entries"]!.AsArray();
        Assert.Contains(entries, e => e!["subject"]!.GetValue<string>() == "template/volume-claim" && e["changes"]!.AsArray().Count == 1);
    }

    [Theory]
    [InlineData("service", "a: {{ x | nosuch }}", "service, line 1")]
    [InlineData("service", "apiVersion: v1\nkind: {{ nothing }}", "service, line 2")]
    [InlineData("service", "a: [", "For ")]
    [InlineData("service", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n  namespace: kube-system\n", "For ")]
    [InlineData("pod", "hostNetwork: true\ncontainers: []", "For ")]
    [InlineData("service", "a\0b", "NUL")]
    [InlineData("service", "{% for i in (1..1000000000) %}{{ i }}{% endfor %}", "For ")]
    [InlineData("pod", "{% render 'pod', app: app %}", "For ")]
    public async Task What_can_not_stand_in_is_refused_with_its_place(string name, string source, string said)
    {
        var before = await ReadAsync(name);
        foreach (var answer in new[]
                 {
                     await SaveAsync(name, source, null, (int?)before["revision"]),
                     await shared.Admin.PostAsync($"admin/templates/{name}/preview", new { source, project = "none" }),
                 })
        {
            var fault = answer.AssertProblem(400, "invalid")["errors"]!["source"]!.AsArray()[0]!.GetValue<string>();
            Assert.Contains(said, fault, StringComparison.Ordinal);
        }
        Assert.Equal(before["source"]!.GetValue<string>(), (await ReadAsync(name))["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_template_of_megabytes_is_refused_before_it_is_read()
    {
        var revision = (int?)(await ReadAsync("service"))["revision"];
        Assert.Contains("64 KiB", (await SaveAsync("service", new string('a', 100_000), null, revision)).AssertProblem(400, "invalid").Text, StringComparison.Ordinal);
        (await SaveAsync("service", new string('a', 5 * 1024 * 1024), null, revision)).AssertProblem(413, "too-large");
    }

    [Fact]
    public async Task A_preview_shows_what_would_change_and_changes_nothing()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var project = $"t{Guid.NewGuid():N}"[..16];
        (await user.PostAsync("projects", new { name = project })).AssertStatus(201);
        (await user.PostAsync($"projects/{project}/apps", new { name = "web", image = "demo/hello:1", env = new[] { new { name = "KEY", value = "not to be shown", secret = true } } })).AssertStatus(202);
        var source = (await ReadAsync("deployment"))["source"]!.GetValue<string>().Replace("revisionHistoryLimit: 3", "revisionHistoryLimit: 45", StringComparison.Ordinal);

        var preview = (await shared.Admin.PostAsync("admin/templates/deployment/preview", new { source, project, app = "web" })).AssertStatus(200);
        var change = Assert.Single(preview["changes"]!.AsArray())!;
        Assert.Equal(("Deployment", "web"), (change["kind"]!.GetValue<string>(), change["name"]!.GetValue<string>()));
        Assert.Contains("45", change["fields"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("revisionHistoryLimit: 45", preview["manifests"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("not to be shown", preview.Text, StringComparison.Ordinal);
        Assert.Contains("revisionHistoryLimit: 3\n", (await ReadAsync("deployment"))["source"]!.GetValue<string>(), StringComparison.Ordinal);

        var limits = (await ReadAsync("limit-range"))["source"]!.GetValue<string>().TrimEnd() + "\n      max:\n        cpu: \"4\"\n";
        var ns = (await shared.Admin.PostAsync("admin/templates/limit-range/preview", new { source = limits, project })).AssertStatus(200);
        Assert.Equal("LimitRange", Assert.Single(ns["changes"]!.AsArray())!["kind"]!.GetValue<string>());
        (await shared.Admin.PostAsync("admin/templates/deployment/preview", new { source, project, app = "nothing" })).AssertProblem(400, "invalid");
    }

    private async Task<JsonNode> ReadAsync(string name) => (await shared.Admin.GetAsync($"admin/templates/{name}")).AssertStatus(200).Json;

    private Task<Answer> SaveAsync(string name, string source, string? message, int? expectedRevision) =>
        shared.Admin.PutAsync($"admin/templates/{name}", new { source, message, expectedRevision });
}
