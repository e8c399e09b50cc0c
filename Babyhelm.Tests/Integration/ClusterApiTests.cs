using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>The cluster over REST.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class ClusterApiTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task Is_for_platform_admins_alone()
    {
        using var anonymous = new ApiUser(shared.App.CreateClient());
        using var user = await ApiUser.RegisterAsync(shared.App);
        (await anonymous.GetAsync("admin/cluster")).AssertProblem(401, "unauthorized");
        (await anonymous.PostAsync("admin/cluster/refresh", null)).AssertProblem(401, "unauthorized");
        (await user.GetAsync("admin/cluster")).AssertProblem(403, "forbidden");
        (await user.PostAsync("admin/cluster/refresh", null)).AssertProblem(403, "forbidden");
        (await shared.Admin.GetAsync("admin/cluster")).AssertStatus(200);
        (await shared.Admin.PostAsync("admin/cluster/refresh", null)).AssertStatus(200);
        (await shared.Admin.SendAsync(HttpMethod.Delete, "admin/cluster", "")).AssertProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task Tells_what_the_sandbox_is_and_a_refresh_tells_it_anew()
    {
        var before = await Eventually.GetAsync(() => shared.Admin.GetAsync("admin/cluster"), a => a.Status == 200 && a["checkedAt"] is not null);
        var answer = (await shared.Admin.PostAsync("admin/cluster/refresh", null)).AssertStatus(200);
        Assert.True(answer["checkedAt"]!.GetValue<DateTimeOffset>() > before["checkedAt"]!.GetValue<DateTimeOffset>());
        Assert.True(answer["reachable"]!.GetValue<bool>());
        Assert.True(answer["sandbox"]!.GetValue<bool>());
        Assert.Null(answer["staleSince"]);
        Assert.Null(answer["problem"]);
        Assert.Contains("sandbox", answer["version"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(answer["latency"]!["medianMs"]!.GetValue<double>() > 0);
        Assert.All(answer["permissions"]!.AsArray(), p => Assert.True(p!["granted"]!.GetValue<bool>()));
        Assert.Equal("served", answer["apis"]!.AsArray().Single(a => a!["api"]!.GetValue<string>() == "autoscaling/v2")!["state"]!.GetValue<string>());
        Assert.Equal("ok", Check(answer, "pod-security")!["status"]!.GetValue<string>());
        var node = Assert.Single(answer["nodes"]!["items"]!.AsArray())!;
        Assert.True(node["ready"]!.GetValue<bool>());
        Assert.InRange(node["cpu"]!["allocatable"]!.GetValue<decimal>(), 1, 1000);
        Assert.InRange(node["memory"]!["capacity"]!.GetValue<decimal>(), 1 << 30, decimal.MaxValue);
        Assert.NotNull(node["pods"]!["requested"]);
        // Neither a credential nor a token is told.
        var token = (await File.ReadAllTextAsync(shared.KubeConfigPath)).Split('\n').Single(l => l.Contains("token:", StringComparison.Ordinal)).Split(':')[1].Trim(' ', '"');
        Assert.True(token.Length > 20);
        Assert.DoesNotContain(token, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_in_the_openapi_document()
    {
        var paths = (await shared.Admin.GetAsync("/openapi/v1.json"))["paths"]!;
        Assert.NotNull(paths["/api/v1/admin/cluster"]!["get"]!["responses"]!["403"]);
        Assert.NotNull(paths["/api/v1/admin/cluster/refresh"]!["post"]!["responses"]!["200"]!["content"]);
    }

    public static JsonNode? Check(Answer answer, string id) => answer["checks"]!.AsArray().SingleOrDefault(c => c!["id"]!.GetValue<string>() == id);
}
