using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Everything that can be wrong with an image or its settings, deployed by hand: the page says what, and what to do.</summary>
public class DiagnosisTests
{
    private sealed record Case(string Code, string Image, string Title, string Evidence, params (string Label, string Value)[] Settings);

    private static readonly Case[] Cases =
    [
        new("image-not-found", "demo/missing:1", "The image was not found", "not found"),
        new("image-unauthorized", "demo/private:1", "The image is private or does not exist", "pull access denied"),
        new("crash-loop", "demo/crash:1", "exit code 3", "boom: DATABASE_URL is not set"),
        new("out-of-memory", "demo/oom:1", "ran out of memory", "OOMKilled"),
        new("not-ready", "demo/unready:1", "The application runs but is not ready", "probe failed", ("Health path", "/healthz")),
        new("unschedulable", "demo/hello:2", "No machine has room", "Insufficient cpu", ("CPU, reserved", "6"), ("CPU, at most", "6")),
        // Last: the cluster is given a quota that Babyhelm knows nothing of.
        new("quota-exceeded", "demo/hello:1", "quota", "exceeded quota"),
    ];

    [Fact]
    public async Task Each_failing_image_shows_its_diagnosis_with_evidence_and_next_step()
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-diagnosis-");
        var kubeConfig = Path.Combine(folder.FullName, "kubeconfig");
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Sandbox__NodeCpu"] = "4", ["Sandbox__KubeConfigPath"] = kubeConfig });
        using var cluster = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = kubeConfig }).Value);
        await using var browser = await BrowserSession.StartAsync(height: 1000);
        var page = browser.Page;
        await page.GotoAsync($"{app.Url}account/register");
        await page.GetByLabel("E-mail address").FillAsync("ada@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "New project" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("lab");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create project" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "New application" }).First.WaitForAsync();

        foreach (var c in Cases)
        {
            if (c.Code == "quota-exceeded") await GiveQuotaAsync(cluster);
            await page.GotoAsync($"{app.Url}projects/lab/new");
            await page.GetByLabel("Image").FillAsync(c.Image);
            // The name is suggested from the image; typed before that, the two would mix.
            await Expect(page.GetByLabel("Name", new() { Exact = true })).Not.ToHaveValueAsync("");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(c.Code);
            if (c.Settings.Length > 0) await page.GetByText("More settings").ClickAsync();
            foreach (var (label, value) in c.Settings) await page.GetByLabel(label, new() { Exact = true }).FillAsync(value);
            await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
            await page.BeAtAsync($"**/projects/lab/apps/{c.Code}");
            var diagnosis = page.GetByTestId("diagnosis");
            await Expect(diagnosis).ToHaveAttributeAsync("data-code", c.Code);
            await Expect(diagnosis).ToContainTextAsync(c.Title);
            await Expect(page.GetByTestId("diagnosis-evidence")).ToContainTextAsync(c.Evidence);
            await Expect(page.GetByTestId("diagnosis-next")).Not.ToHaveTextAsync("What to do:");
            await browser.PictureAsync($"diagnosis-{c.Code}");
        }
        Assert.Empty(browser.Faults);
        folder.Delete(recursive: true);
    }

    /// <summary>No more pods than there are.</summary>
    private static async Task GiveQuotaAsync(KubernetesClient cluster)
    {
        var quota = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"strict","namespace":"bh-lab"},"spec":{"hard":{"pods":"1"}}}""")!;
        Assert.Null((await cluster.CreateAsync(quota)).Error);
        // Its controller counts first.
        await Eventually.GetAsync(() => cluster.GetAsync(ResourceType.ResourceQuotas, "bh-lab", "strict"), q => q.Error is null && q.Value["status"]?["used"]?["pods"] is not null);
    }
}
