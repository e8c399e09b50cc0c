using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>A hook as people make it, and its calls as they come in.</summary>
[Collection(PageCollection.Name)]
public sealed class DeployHookPageTests(WatchfulBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task A_hook_is_made_called_and_deleted()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        await user.WaitStateAsync(project, "web", "live", release: 1);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await page.BeAtAsync("**/projects");

        await page.GotoAsync($"{App.Url}projects/{project}/apps/web/hook");
        await page.GetByTestId("make-hook").ClickAsync();
        var url = await page.GetByTestId("hook-token").Locator("code").InnerTextAsync();
        Assert.Contains("/hooks/deploy/bhh_", url, StringComparison.Ordinal);
        await Expect(page.GetByTestId("snippet")).ToHaveCountAsync(3);
        using var anybody = App.CreateClient();
        var called = await Answer.OfAsync(await anybody.PostAsync(new Uri(url).AbsolutePath, new StringContent("""{"tag":"2"}""")));
        Assert.Equal(2, called.AssertStatus(202)["release"]!.GetValue<int>());
        (await Answer.OfAsync(await anybody.PostAsync(new Uri(url).AbsolutePath, new StringContent("""{"image":"demo/other:1"}""")))).AssertProblem(403, "other-repository");

        // Both arrive without a reload.
        await Expect(page.GetByTestId("delivery")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("delivery").Nth(1)).ToContainTextAsync("Release #2");
        await Expect(page.GetByTestId("delivery").Nth(0)).ToContainTextAsync("another repository");
        await browser.PictureAsync("hook");
        await page.GetByTestId("delete-hook").ClickAsync();
        await page.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Delete hook" }).ClickAsync();
        await Expect(page.GetByTestId("no-hook")).ToBeVisibleAsync();
        Assert.Equal(404, (int)(await anybody.PostAsync(new Uri(url).AbsolutePath, null)).StatusCode);
        Assert.Empty(browser.Faults);
    }
}
