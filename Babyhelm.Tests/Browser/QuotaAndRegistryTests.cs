using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Registries and the quota of a project as people see them: added, chosen, changed, and refused in place.</summary>
[Collection(PageCollection.Name)]
public sealed class QuotaAndRegistryTests(WatchfulBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task A_registry_is_added_and_chosen_and_what_the_quota_does_not_allow_is_refused_in_the_form()
    {
        await using var registry = await TestRegistry.StartAsync();
        var project = await shared.Admin.CreateProjectAsync();
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, shared.Admin.Email);
        await page.BeAtAsync("**/projects");

        // The platform opens the network that the registry is in.
        await page.GotoAsync($"{App.Url}admin/settings");
        await page.GetByLabel("Private networks that may be asked").FillAsync("127.0.0.0/8, nonsense");
        await page.GetByTestId("exposure").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByTestId("exposure")).ToContainTextAsync("number 2 is none");
        await page.GetByLabel("Private networks that may be asked").FillAsync("127.0.0.0/8");
        await page.GetByTestId("exposure").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByTestId("exposure")).ToContainTextAsync("Saved.");

        // Credentials that the registry refuses are refused at their field; those that it takes are there at once.
        await page.GotoAsync($"{App.Url}projects/{project}/registries");
        await Expect(page.GetByTestId("empty-state")).ToContainTextAsync("No registry yet");
        var form = page.GetByTestId("registry-form");
        await form.GetByLabel("Name", new() { Exact = true }).FillAsync("acme");
        await form.GetByLabel("Host").FillAsync(registry.Host);
        await form.GetByLabel("User name").FillAsync(TestRegistry.User);
        await form.GetByLabel("Password or token").FillAsync("wrong");
        await form.GetByRole(AriaRole.Button, new() { Name = "Test and add" }).ClickAsync();
        await Expect(page.Locator("#registry-password-error")).ToContainTextAsync("refuses this user name and password");
        await form.GetByLabel("Password or token").FillAsync(registry.Password);
        await form.GetByRole(AriaRole.Button, new() { Name = "Test and add" }).ClickAsync();
        await Expect(page.GetByTestId("registry-saved")).ToContainTextAsync("the registry takes these credentials");
        var row = page.Locator("[data-registry=acme]");
        await Expect(row).ToContainTextAsync("Taken by the registry");
        Assert.DoesNotContain(registry.Password, await page.ContentAsync(), StringComparison.Ordinal);
        await browser.PictureAsync("registries");

        // A quota of its own, smaller than what is asked for then.
        await page.GotoAsync($"{App.Url}projects/{project}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the quota" }).ClickAsync();
        await page.GetByTestId("quota-form").GetByLabel("CPU, reserved").FillAsync("300m");
        await page.GetByTestId("quota-form").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByTestId("quota-form")).ToContainTextAsync("Saved.");
        await Expect(page.Locator("[data-part=CPU]")).ToContainTextAsync("of 300m");

        await page.GotoAsync($"{App.Url}projects/{project}/new");
        await page.GetByLabel("Image", new() { Exact = true }).FillAsync($"{registry.Host}/acme/private-shop:1");
        await page.GetByText("More settings").ClickAsync();
        await page.GetByLabel("Registry", new() { Exact = true }).SelectOptionAsync("acme");
        await page.GetByLabel("Replicas", new() { Exact = true }).FillAsync("4");
        await page.GetByTestId("ask-preview").ClickAsync();
        await Expect(page.GetByTestId("preview-refusal")).ToContainTextAsync("100m more CPU than the 300m left");
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("error-notice")).ToContainTextAsync("100m more CPU than the 300m left");
        await browser.PictureAsync("quota-refusal");
        await page.GetByLabel("Replicas", new() { Exact = true }).FillAsync("2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await page.BeAtAsync("**/apps/private-shop");
        await Expect(page.GetByTestId("rollout")).ToHaveAttributeAsync("data-state", "live");

        // The bars say what the cluster counts, without a reload.
        await page.GotoAsync($"{App.Url}projects/{project}");
        await Expect(page.Locator("[data-part=CPU]")).ToContainTextAsync("200m of 300m");
        await Expect(page.Locator("[data-part=Applications]")).ToContainTextAsync("1 of 50");
        await browser.PictureAsync("quota");
        await page.GotoAsync($"{App.Url}projects/{project}/registries");
        await Expect(row.GetByRole(AriaRole.Button, new() { Name = "Delete" })).ToBeDisabledAsync();
        await page.SetViewportSizeAsync(390, 900);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        Assert.Empty(browser.Faults);
    }
}
