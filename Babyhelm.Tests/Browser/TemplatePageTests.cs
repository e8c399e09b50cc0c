using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>A template in the editor: a fault at its line, what it would change, saved, and the built-in one again.</summary>
[Collection(AccountCollection.Name)]
public sealed class TemplatePageTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task A_template_is_changed_previewed_and_put_back()
    {
        using var admin = await ApiUser.RegisterAsync(shared.App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(admin.Email)}", new { role = "admin" })).AssertStatus(204);
        var project = $"t{Guid.NewGuid():N}"[..16];
        (await admin.PostAsync("projects", new { name = project })).AssertStatus(201);
        (await admin.PostAsync($"projects/{project}/apps", new { name = "job", kind = "cron", image = "demo/hello:1", schedule = "0 3 * * *" })).AssertStatus(202);

        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(shared.App, admin.Email);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Projects", Exact = true })).ToBeVisibleAsync();
        await page.GotoAsync($"{shared.App.Url}admin/templates");
        await page.GetByTestId("templates").GetByRole(AriaRole.Link, new() { Name = "cron-job" }).ClickAsync();
        await Expect(page.GetByTestId("template-state")).ToHaveTextAsync("Built-in");
        var source = page.GetByLabel("Source of the template");
        await Expect(source).ToBeEnabledAsync();
        var builtIn = await source.InputValueAsync();

        // A fault leads to its line.
        var lines = builtIn.TrimEnd('\n').Split('\n').Length;
        await source.FillAsync(builtIn.TrimEnd('\n') + "\n# {{ nothing }}\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByTestId("template-faults").GetByRole(AriaRole.Button, new() { Name = $"Line {lines + 1}" }).First.ClickAsync();
        await Expect(source).ToBeFocusedAsync();
        Assert.Equal("# {{ nothing }}", await source.EvaluateAsync<string>("area => area.value.slice(area.selectionStart, area.selectionEnd)"));

        await source.FillAsync(builtIn.Replace("backoffLimit: 0", "backoffLimit: 2", StringComparison.Ordinal));
        await page.GetByLabel("Project").FillAsync(project);
        await page.GetByLabel("Application").FillAsync("job");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what it would make of it" }).ClickAsync();
        await Expect(page.GetByTestId("template-preview-result").GetByTestId("object-change")).ToContainTextAsync("backoffLimit");
        await page.GetByLabel("Why (optional)").FillAsync("try twice");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("revision").First).ToContainTextAsync("try twice");
        await browser.PictureAsync("template");

        await page.GetByRole(AriaRole.Button, new() { Name = "Open the built-in one" }).ClickAsync();
        await Expect(source).ToHaveValueAsync(builtIn);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("template-state")).ToHaveTextAsync("Built-in");
        Assert.Empty(browser.Faults);
    }
}
