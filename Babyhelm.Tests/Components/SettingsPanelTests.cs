using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Features.Applications;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using Radzen;

namespace Babyhelm.Tests.Components;

/// <summary>The settings form while somebody else deploys.</summary>
public sealed class SettingsPanelTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<AppSpec> _deployed = [];
    private readonly List<int> _seen = [];
    private Error? _refusal;
    private readonly ServiceProvider _services;
    private readonly PageRenderer _page;

    public SettingsPanelTests()
    {
        _services = new ServiceCollection().AddSingleton<IJSRuntime, NoScript>().AddSingleton<NavigationManager, Nowhere>().AddScoped<DialogService>().BuildServiceProvider();
        _page = new PageRenderer(_services);
    }

    [Fact]
    public async Task An_unchanged_release_is_saved_over()
    {
        await _page.ShowAsync<SettingsPanel>(Parameters(App(1, "nginx:1")));

        await SubmitAsync();

        Assert.Equal(["nginx:1"], _deployed.Select(s => s.Image));
        Assert.Equal([1], _seen);
    }

    [Fact]
    public async Task A_release_of_somebody_else_is_told_before_it_is_undone()
    {
        await _page.ShowAsync<SettingsPanel>(Parameters(App(1, "nginx:1")));
        await _page.ChangeAsync(Parameters(App(2, "nginx:2")));
        Assert.Contains("settings-behind", await _page.TextAsync(), StringComparison.Ordinal);

        _refusal = new ChangedMeanwhile("bob@example.com", 2, 2, new AppSpec { Name = "web", Image = "nginx:2" }, [new FieldChange("image", "nginx:1", "nginx:2")]);
        await SubmitAsync();
        await SubmitAsync(); // first somebody has to decide

        Assert.Equal([1], _seen);
        var text = await _page.TextAsync();
        Assert.Contains("settings-conflict", text, StringComparison.Ordinal);
        Assert.Contains("bob@example.com", text, StringComparison.Ordinal);
        Assert.Contains("nginx:2", text, StringComparison.Ordinal);
        Assert.Contains("value=nginx:1", text, StringComparison.Ordinal); // what was typed is still there
    }

    private Task SubmitAsync() => _page.RaiseAsync("onsubmit", EventArgs.Empty);

    private Dictionary<string, object?> Parameters(ApplicationView app) => new()
    {
        ["App"] = app,
        ["Delete"] = (bool _) => Task.FromResult<Error?>(null),
        ["Preview"] = (AppSpec _) => Task.FromResult<Result<DeployPreview>>(new NotFound("none")),
        ["Deploy"] = (AppSpec spec, int seen, string _) =>
        {
            _deployed.Add(spec);
            _seen.Add(seen);
            return Task.FromResult<Result<Deployed>>(_refusal is { } refusal ? refusal : new Deployed("shop", "web", 9));
        },
    };

    private static ApplicationView App(int release, string image) => new(
        Guid.NewGuid(), new ProjectView(Guid.NewGuid(), "shop", "bh-shop", ProjectState.Ready, null, Start, ProjectRole.Owner),
        new AppSpec { Name = "web", Image = image }, ReleaseState.Live, null, release, false, Start, Start)
    {
        Standing = Standings.Live,
        Version = release,
    };

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class NoScript : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => default;

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => default;
    }

    private sealed class Nowhere : NavigationManager
    {
        public Nowhere() => Initialize("http://localhost/", "http://localhost/");
    }
}
