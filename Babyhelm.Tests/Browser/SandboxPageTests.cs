using Babyhelm.Tests.Integration;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>The cluster page of an installation without a cluster.</summary>
[Collection(PageCollection.Name)]
public sealed class SandboxPageTests(WatchfulBabyhelm shared)
{
    [Fact]
    public async Task The_sandbox_says_what_it_is_and_the_page_fits_a_phone()
    {
        await using var browser = await BrowserSession.StartAsync(390, 844);
        var page = browser.Page;
        await page.FromOwnAddressAsync();
        await ClusterPageTests.SignInAsync(page, shared.App, shared.Admin.Email);
        await page.GetByTestId("cluster-mark").ClickAsync();
        await page.BeAtAsync("**/admin/cluster");
        await Expect(page.GetByTestId("sandbox-notice")).ToContainTextAsync("This is the sandbox");
        await Expect(page.GetByTestId("node")).ToHaveCountAsync(1);
        await page.GetByTestId("show-permissions").ClickAsync();
        await Expect(page.GetByTestId("permission")).ToHaveCountAsync(Core.Clusters.Permissions.All.Count);
        await page.GetByText("A role that grants all of this").ClickAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await browser.PictureAsync("cluster-phone");
        Assert.Empty(browser.Faults);
    }
}
