using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Core.Templates;
using Babyhelm.Web;
using Babyhelm.Web.Features.Applications;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Components;

/// <summary>Buttons and boxes that act at once.</summary>
public sealed class ActTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ServiceProvider _services = new ServiceCollection().AddSingleton<TemplateNames>().BuildServiceProvider();
    private readonly PageRenderer _page;

    public ActTests() => _page = new PageRenderer(_services);

    [Fact]
    public async Task A_double_click_rolls_back_once()
    {
        var (sent, answer) = (0, new TaskCompletionSource<Error?>());
        var release = new ReleaseDetail(new ReleaseSummary(1, ReleaseState.Superseded, "nginx", "a@b.c", Start, Start, Start, Start, null, []), null);
        await _page.ShowAsync<ReleasePanel>(new()
        {
            ["Project"] = "shop",
            ["App"] = "web",
            ["Release"] = release,
            ["RollBack"] = (string _) =>
            {
                sent++;
                return answer.Task;
            },
        });

        var first = _page.RaiseAsync("onsubmit", EventArgs.Empty);
        await _page.RaiseAsync("onsubmit", EventArgs.Empty);
        answer.SetResult(null);
        await first;

        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task A_box_goes_back_when_saving_fails()
    {
        await ShowAutomationAsync(_ => Task.FromResult<Error?>(CommandAttempt.DatabaseAway));
        Assert.DoesNotContain("checked=true", await _page.TextAsync(), StringComparison.Ordinal);

        await _page.RaiseAsync("onchange", new ChangeEventArgs { Value = true });

        var text = await _page.TextAsync();
        Assert.DoesNotContain("checked=true", text, StringComparison.Ordinal);
        Assert.Contains(CommandAttempt.DatabaseAway.Message, text, StringComparison.Ordinal);
        Assert.Empty(_page.Faults);
    }

    [Fact]
    public async Task A_box_stays_as_it_was_set_until_the_application_says_so_too()
    {
        SettingsChange? saved = null;
        await ShowAutomationAsync(change =>
        {
            saved = change;
            return Task.FromResult<Error?>(null);
        });

        await _page.RaiseAsync("onchange", new ChangeEventArgs { Value = true });

        Assert.Equal(new SettingsChange(AutoRollback: true), saved);
        Assert.Contains("checked=true", await _page.TextAsync(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _services.DisposeAsync();
    }

    private Task ShowAutomationAsync(Func<SettingsChange, Task<Error?>> save) => _page.ShowAsync<AutomationForm>(new()
    {
        ["App"] = new ApplicationView(
            Guid.NewGuid(), new ProjectView(Guid.NewGuid(), "shop", "bh-shop", ProjectState.Ready, null, Start, ProjectRole.Owner),
            new AppSpec { Name = "web", Image = "nginx" }, ReleaseState.Live, null, 1, false, Start, Start)
        {
            Standing = Standings.Live,
        },
        ["Save"] = save,
    });
}
