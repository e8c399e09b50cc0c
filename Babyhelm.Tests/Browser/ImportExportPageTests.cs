using System.IO.Compression;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>A Compose file in, and files out, as people do it.</summary>
[Collection(PageCollection.Name)]
public sealed class ImportExportPageTests(WatchfulBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    private const string Compose = """
        services:
          front:
            image: demo/hello:${TAG}
            ports: ["80:8080"]
            depends_on: [store]
          store:
            image: demo/hello:2
            volumes: ["./data:/data"]
          built:
            build: .
        """;

    [Fact]
    public async Task Services_are_looked_at_chosen_and_created_and_what_runs_is_taken_elsewhere()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await page.BeAtAsync("**/projects");

        await page.GotoAsync($"{App.Url}projects/{project}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Import", Exact = true }).ClickAsync();
        await page.GetByLabel("Compose file", new() { Exact = true }).FillAsync(Compose);
        await page.GetByTestId("check-compose").ClickAsync();
        await Expect(page.GetByTestId("unset")).ToContainTextAsync("TAG");
        await page.GetByLabel("Variable TAG").FillAsync("1");
        await page.GetByTestId("check-compose").ClickAsync();
        await Expect(page.GetByTestId("unset")).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("imported-app")).ToHaveCountAsync(3);
        await Expect(page.GetByTestId("compose-notes")).ToContainTextAsync("./data");
        await Expect(page.Locator("[data-app=built] input")).ToBeDisabledAsync();
        await browser.PictureAsync("import");
        await page.Locator("[data-app=store] input").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create 1 application", Exact = true }).ClickAsync();
        await page.Locator("[data-app=front]").GetByRole(AriaRole.Link, new() { Name = "created" }).ClickAsync();
        await Expect(page.GetByTestId("rollout")).ToHaveAttributeAsync("data-state", "live");
        Assert.Single((await user.GetAsync($"projects/{project}/apps")).Json.AsArray());

        // As a chart and as YAML from its page, and the whole project from that of the project.
        await page.GotoAsync($"{App.Url}projects/{project}/apps/front/settings");
        Assert.Equal("front-0.1.0.tgz", await DownloadAsync(page, "export-chart"));
        Assert.Equal("front.yaml", await DownloadAsync(page, "export-yaml"));
        await page.GotoAsync($"{App.Url}projects/{project}");
        var archive = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.zip");
        try
        {
            var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("archive").ClickAsync());
            await download.SaveAsAsync(archive);
            using (var zip = await ZipFile.OpenReadAsync(archive)) Assert.Contains(zip.Entries, e => e.FullName == "applications/front.json");

            // And back, into a new project.
            var copy = await user.CreateProjectAsync();
            await page.GotoAsync($"{App.Url}projects/{copy}/import?from=archive");
            var file = page.GetByLabel("Archive", new() { Exact = true });
            await Expect(file).ToBeEnabledAsync(); // once the page reacts; a file that was set before would not be heard of
            await file.SetInputFilesAsync(archive);
            await Expect(page.GetByTestId("archive-of")).ToContainTextAsync(project);
            await page.GetByTestId("create-imported").ClickAsync();
            await page.Locator("[data-app=front]").GetByRole(AriaRole.Link, new() { Name = "created" }).ClickAsync();
            await Expect(page.GetByTestId("rollout")).ToHaveAttributeAsync("data-state", "live");
        }
        finally
        {
            File.Delete(archive);
        }
        Assert.Empty(browser.Faults);
    }

    private static async Task<string> DownloadAsync(IPage page, string link) =>
        (await page.RunAndWaitForDownloadAsync(() => page.GetByTestId(link).ClickAsync())).SuggestedFilename;
}
