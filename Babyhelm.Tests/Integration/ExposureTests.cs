using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Integration;

/// <summary>How applications are reached through the cluster: by what platform admins set, and by what the cluster gives.</summary>
[Collection(StreamCollection.Name)]
public sealed class ExposureTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
        await SetAsync("nginx", "letsencrypt", "tailscale");
    }

    public async Task DisposeAsync()
    {
        await SetAsync("", "", "");
        _user.Dispose();
    }

    [Fact]
    public async Task An_ingress_has_the_class_and_the_issuer_of_the_platform()
    {
        Assert.Equal(["ingressClass", "loadBalancerClass", "tlsIssuer"], (await shared.Admin.PutAsync("admin/settings", new { ingressClass = "a b", tlsIssuer = "X", loadBalancerClass = "/" })).AssertProblem(400, "invalid").Fields);
        Assert.Equal("nginx", (await shared.Admin.GetAsync("admin/settings"))["ingressClass"]!.GetValue<string>());
        var host = $"{_project}.example.com";
        await _user.CreateAppAsync(_project, Spec(new { type = "ingress", host }));
        await _user.WaitStateAsync(_project, "web", "live");
        var ingress = (await shared.Cluster.GetAsync(ResourceType.Ingresses, $"bh-{_project}", "web")).Value;
        Assert.Equal("nginx", ingress["spec"]!["ingressClassName"]!.GetValue<string>());
        Assert.Equal("letsencrypt", ingress["metadata"]!["annotations"]!["cert-manager.io/cluster-issuer"]!.GetValue<string>());
        Assert.Equal("web-tls", ingress["spec"]!["tls"]![0]!["secretName"]!.GetValue<string>());
        Assert.Equal($"https://{host}", (await _user.GetAsync($"projects/{_project}/apps/web"))["url"]!.GetValue<string>());
        Assert.Contains("loadBalancerClass", (await shared.Admin.GetAsync("audit?action=settings.change")).AssertStatus(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_balancer_has_the_default_class_or_its_own_and_links_to_its_address()
    {
        await _user.CreateAppAsync(_project, Spec(new { type = "loadBalancer" }));
        await _user.WaitStateAsync(_project, "web", "live");
        var first = await ServiceAsync();
        Assert.Equal("tailscale", first["spec"]!["loadBalancerClass"]!.GetValue<string>());
        Assert.Equal([80, 5432], first["spec"]!["ports"]!.AsArray().Select(p => p!["port"]!.GetValue<int>()));
        Assert.Null((await _user.GetAsync($"projects/{_project}/apps/web"))["url"]);

        var status = JsonNode.Parse("""{"status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.7"}]}}}""")!.AsObject();
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.Services, $"bh-{_project}", "web", status, "status")).Error);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a["url"]?.GetValue<string>() == "http://198.51.100.7");

        // A class can't be changed: the service is made anew.
        Assert.Empty((await _user.PostAsync($"projects/{_project}/apps/preview", Spec(new { type = "loadBalancer", loadBalancerClass = "example.com/other" }))).AssertStatus(200)["refusals"]!.AsArray());
        await _user.DeployAsync(_project, "web", Spec(new { type = "loadBalancer", loadBalancerClass = "example.com/other" }));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        var second = await ServiceAsync();
        Assert.Equal("example.com/other", second["spec"]!["loadBalancerClass"]!.GetValue<string>());
        Assert.NotEqual(first["metadata"]!["uid"]!.GetValue<string>(), second["metadata"]!["uid"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_host_name_belongs_to_one_application_and_none_of_Babyhelms_own_is_given_out()
    {
        foreach (var own in new[] { "apps.localhost", "web-other.apps.localhost", "a.b.apps.localhost" })
        {
            Assert.Equal(["expose.host"], (await _user.PostAsync($"projects/{_project}/apps", Spec(new { type = "ingress", host = own }))).AssertProblem(400, "invalid").Fields);
            Assert.Equal(["expose.host"], (await _user.PostAsync($"projects/{_project}/apps/preview", Spec(new { type = "ingress", host = own }))).AssertProblem(400, "invalid").Fields);
        }

        var host = $"{_project}.example.org";
        using var other = await ApiUser.RegisterAsync(shared.App);
        var elsewhere = await other.CreateProjectAsync();
        var both = await Task.WhenAll(
            _user.PostAsync($"projects/{_project}/apps", Spec(new { type = "ingress", host })), other.PostAsync($"projects/{elsewhere}/apps", Spec(new { type = "ingress", host })));
        Assert.Equal([202, 409], both.Select(a => a.Status).Order());
        var first = both[0].Status == 202;
        var (holder, holding, loser, losing) = first ? (_user, _project, other, elsewhere) : (other, elsewhere, _user, _project);
        var taken = both[first ? 1 : 0].AssertProblem(409, "host-taken");
        Assert.DoesNotContain(holding, taken["detail"]!.GetValue<string>().Replace(host, "", StringComparison.Ordinal), StringComparison.Ordinal);
        (await loser.PostAsync($"projects/{losing}/apps/preview", Spec(new { type = "ingress", host }))).AssertProblem(409, "host-taken");

        // The holder keeps it over its deploys, and gives it up with one that has another.
        await holder.WaitStateAsync(holding, "web", "live", release: 1);
        await holder.DeployAsync(holding, "web", Spec(new { type = "ingress", host, tls = false }));
        await holder.WaitStateAsync(holding, "web", "live", release: 2);
        await holder.DeployAsync(holding, "web", Spec(new { type = "gateway" }));
        await holder.WaitStateAsync(holding, "web", "live", release: 3);
        (await loser.PostAsync($"projects/{losing}/apps", Spec(new { type = "ingress", host }))).AssertStatus(202);
        (await holder.PostAsync($"projects/{holding}/apps/web/rollback", new { release = 1 })).AssertProblem(409, "host-taken");
    }

    private async Task<JsonObject> ServiceAsync() => (await shared.Cluster.GetAsync(ResourceType.Services, $"bh-{_project}", "web")).Value;

    private async Task SetAsync(string ingressClass, string tlsIssuer, string loadBalancerClass) =>
        (await shared.Admin.PutAsync("admin/settings", new { ingressClass, tlsIssuer, loadBalancerClass })).AssertStatus(204);

    private static object Spec(object expose) => new { name = "web", image = "demo/hello:1", ports = new[] { new { port = 80, targetPort = 8080 }, new { port = 5432, targetPort = 5432 } }, health = new { path = "/" }, expose };
}
