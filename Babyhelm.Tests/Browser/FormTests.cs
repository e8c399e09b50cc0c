using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Forms as they are typed in: fast, over a slow line, with long values and by keyboard alone.</summary>
[Collection(PageCollection.Name)]
public sealed class FormTests(WatchfulBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(120);

    [Fact]
    public async Task What_is_typed_stays_typed()
    {
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.GotoAsync($"{App.Url}account/register");
        await page.GetByLabel("E-mail address").FillAsync($"{Guid.NewGuid():N}@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        // Every answer comes late, one after the other: what it says of a field is old when it arrives.
        await page.RouteWebSocketAsync(url => url.Contains("/_blazor", StringComparison.Ordinal), socket =>
        {
            var server = socket.ConnectToServer();
            var sent = Task.CompletedTask;
            server.OnMessage(frame => sent = SendLateAsync(sent, socket, frame));
        });
        await page.GotoAsync($"{App.Url}new-project");
        var name = page.GetByLabel("Name");
        await Expect(name).ToBeFocusedAsync(); // the page's own last act before a person types
        await name.PressSequentiallyAsync("shop-of-many-things", new() { Delay = 25 });
        await Expect(page.GetByText("web-shop-of-many-things")).ToBeVisibleAsync(); // the last answer is here
        await Expect(name).ToHaveValueAsync("shop-of-many-things");
        await browser.PictureAsync("typed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create project" }).ClickAsync();
        await page.BeAtAsync("**/projects/shop-of-many-things");

        await page.GotoAsync($"{App.Url}projects/shop-of-many-things/new");
        var image = page.GetByLabel("Image");
        await Expect(image).ToBeFocusedAsync();
        await image.PressSequentiallyAsync("demo/hello-world:1", new() { Delay = 25 });
        await Expect(page.GetByText("docker.io/demo/hello-world, tag 1")).ToBeVisibleAsync();
        await Expect(image).ToHaveValueAsync("demo/hello-world:1");

        // A long value neither breaks the page nor is cut.
        await page.GetByTestId("more-settings").Locator("summary").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a variable" }).ClickAsync();
        await page.GetByLabel("Name of variable 1").FillAsync("LONG");
        await page.GetByLabel("Value of variable 1").FillAsync(new string('x', 60_000));
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a variable" }).ClickAsync();
        await Expect(page.GetByLabel("Name of variable 2")).ToBeVisibleAsync();
        Assert.Equal(60_000, (await page.GetByLabel("Value of variable 1").InputValueAsync()).Length);
        await Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        Assert.Empty(browser.Faults);
    }

    [Fact]
    public async Task The_keyboard_skips_to_the_content()
    {
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.GotoAsync(App.Url.ToString());

        await page.GetByText("Skip to the content").FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#content")).ToBeFocusedAsync();
        Assert.Empty(browser.Faults);
    }

    private static async Task SendLateAsync(Task before, IWebSocketRoute socket, IWebSocketFrame frame)
    {
        await before;
        await Task.Delay(Latency);
        if (frame.Binary is { } bytes) socket.Send(bytes);
        else socket.Send(frame.Text!);
    }
}
