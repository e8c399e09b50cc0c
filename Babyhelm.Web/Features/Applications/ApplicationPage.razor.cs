using Babyhelm.Core.Applications;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Applications.Terminals;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components;
using Babyhelm.Web.Features.Alerts;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Applications;

public sealed partial class ApplicationPage
{
    private ApplicationView? _app;
    private IReadOnlyList<ReleaseSummary> _releases = [];
    private ReleaseDetail? _release;
    private ReleaseDifference? _difference;
    private RolloutSummary? _summary;
    private RolloutReader? _reader;
    private RedeployModel _redeploy = default!;
    private bool _terminals = true;
    private IReadOnlyList<RegistryView> _registries = [];
    private AlertsModel? _alerts;
    private AlertList? _firing;
    private Error? _error;
    private Error? _releaseError;

    [Parameter] public string ProjectName { get; set; } = "";
    [Parameter] public string AppName { get; set; } = "";
    [Parameter] public string? TabPath { get; set; }

    /// <summary>The release that is open in the list.</summary>
    [SupplyParameterFromQuery(Name = "release")] public int? ReleaseNumber { get; set; }

    /// <summary>The release that it is compared with.</summary>
    [SupplyParameterFromQuery(Name = "with")] public int? ComparedNumber { get; set; }

    [Inject] private ApplicationQueries Queries { get; set; } = default!;
    [Inject] private DeployApplication Deploy { get; set; } = default!;
    [Inject] private ApplicationSettings Settings { get; set; } = default!;
    [Inject] private OperateApplication Operate { get; set; } = default!;
    [Inject] private StopApplication StopCommand { get; set; } = default!;
    [Inject] private ApplicationRuns Runs { get; set; } = default!;
    [Inject] private PreviewApplication Previews { get; set; } = default!;
    [Inject] private ReleaseComparison Comparison { get; set; } = default!;
    [Inject] private DeleteApplication Remove { get; set; } = default!;
    [Inject] private RolloutFeed Feed { get; set; } = default!;
    [Inject] private ProjectRegistries Registries { get; set; } = default!;
    [Inject] private OpenTerminal Terminals { get; set; } = default!;
    [Inject] private AlertsReader Alerts { get; set; } = default!;
    [Inject] private AlertQueries AlertQueries { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;

    private IReadOnlyList<(string Text, string Href)> Trail => [("Projects", Urls.Projects), (ProjectName, Urls.Project(ProjectName))];

    private ApplicationTab Tab => ApplicationTab.Of(TabPath) ?? ApplicationTab.Overview;

    private ReleaseSummary? Latest => _releases is [var first, ..] ? first : null;

    /// <summary>The release that failed before Babyhelm went back by itself.</summary>
    private ReleaseSummary? RolledBack => _releases is [{ Automatic: true }, { State: ReleaseState.Failed } failed, ..] ? failed : null;

    /// <summary>Worked out once per view, however often the page is drawn.</summary>
    private RolloutSummary Summary => _summary ??= RolloutSummary.Of(_app!, Latest, _reader?.View);

    private string? WhyNoTerminal => _app?.Project.WhyNot(ProjectAction.UseTerminal) ?? (_terminals ? null : "A platform admin has switched terminals off.");

    protected override string Subject => $"{ProjectName}/{AppName}/{Tab == ApplicationTab.Settings}/{Tab == ApplicationTab.Alerts}/{ReleaseNumber}/{ComparedNumber}";

    // Of the project too: the reader's role in it may be another now.
    protected override bool Concerns(Change change) =>
        (change.Of == ChangeOf.Application && change.Id == _app?.Id) || (change.Of is ChangeOf.Project or ChangeOf.Alert && change.Id == _app?.Project.Id);

    protected override void OnInitialized() => _redeploy = new RedeployModel(
        async (image, message, seen) => await Deploy.UpdateImageAsync(await User.GetAsync(), ProjectName, AppName, image, new Expected(seen), message, CancellationToken.None));

    protected override void OnParametersSet()
    {
        if (ApplicationTab.Of(TabPath) is null) Navigation.NotFound();
    }

    protected override void Forget()
    {
        (_release, _difference, _releaseError) = (null, null, null);
        if (_app?.Name == AppName && _app.Project.Name == ProjectName) return;
        (_app, _releases, _summary, _alerts, _firing, _error) = (null, [], null, null, null, null);
        _reader?.Dispose();
        _reader = null;
    }

    protected override async Task LoadAsync()
    {
        var caller = await User.GetAsync();
        if ((await Queries.GetAsync(caller, ProjectName, AppName, Gone)).Failed(out _error, out var app))
        {
            // One that was open and is gone now was deleted: that is what was asked for.
            if (_app is not null) Navigation.NavigateTo(Urls.Project(ProjectName));
            else Missing(_error);
            return;
        }
        if ((await Queries.ReleasesAsync(caller, ProjectName, AppName, Gone)).Failed(out _error, out var releases)) return;
        ReleaseDetail? release = null;
        Error? releaseError = null;
        if (ReleaseNumber is { } number) (await Queries.ReleaseAsync(caller, ProjectName, AppName, number, Gone)).Ok(out release, out releaseError);
        if (Tab == ApplicationTab.Settings && (await Registries.ListAsync(caller, ProjectName, Gone)).Ok(out var registries, out _)) _registries = registries;
        AlertsModel? alerts = null;
        if (Tab == ApplicationTab.Alerts && (await Alerts.ReadAsync(caller, ProjectName, AppName, Gone)).Failed(out _error, out alerts)) return;
        _alerts = alerts;
        if (_alerts is not null) _firing = _alerts.Alerts;
        else if ((await AlertQueries.ListAsync(caller, ProjectName, AppName, Gone)).Ok(out var firing, out _)) _firing = firing;
        _terminals = await Terminals.IsSwitchedOnAsync(Gone);
        ReleaseDifference? difference = null;
        if (release is not null && ComparedNumber is { } other) (await Comparison.CompareAsync(caller, ProjectName, AppName, other, release.Summary.Number, Gone)).Ok(out difference, out releaseError);
        (_app, _releases, _release, _difference, _releaseError, _summary) = (app, releases, release, difference, releaseError, null);
        _redeploy.Follow(app.Spec.Image, app.Release);
        Watch(app);
    }

    /// <summary>The live view starts with the first look at the application, which says that the reader may.</summary>
    private void Watch(ApplicationView app)
    {
        if (_reader is not null || Gone.IsCancellationRequested) return;
        _reader = new RolloutReader(Feed, app.Project.Namespace, app.Name);
        if (Reacts) _ = PumpAsync(_reader);
    }

    private async Task PumpAsync(RolloutReader reader)
    {
        try
        {
            await reader.PumpAsync(InvokeAsync, () =>
            {
                if (reader != _reader) return;
                _summary = null;
                StateHasChanged();
            });
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    private async Task<Result<Deployed>> DeploySpecAsync(AppSpec spec, int seen, string message) =>
        await Deploy.UpdateAsync(await User.GetAsync(), ProjectName, AppName, spec, new Expected(Version: seen), message, CancellationToken.None);

    private async Task<Error?> RollBackAsync(string message)
    {
        var deployed = await Deploy.RollBackAsync(await User.GetAsync(), ProjectName, AppName, ReleaseNumber!.Value, new Expected(_app!.Release), message, CancellationToken.None);
        if (deployed.Error is null) Navigation.NavigateTo(Urls.Application(ProjectName, AppName));
        return deployed.Error;
    }

    private async Task<Error?> SaveSettingsAsync(SettingsChange change) =>
        (await Settings.ChangeAsync(await User.GetAsync(), ProjectName, AppName, change, CancellationToken.None)).Error;

    private async Task<Error?> RepairAsync() =>
        (await Operate.RepairAsync(await User.GetAsync(), ProjectName, AppName, CancellationToken.None)).Error;

    private async Task<Error?> DeleteAsync(bool volumes) =>
        (await Remove.ExecuteAsync(await User.GetAsync(), ProjectName, AppName, volumes, CancellationToken.None)).Error;

    private async Task<Error?> ActAsync(AppAction action, int replicas)
    {
        var caller = await User.GetAsync();
        var (project, app, done) = (ProjectName, AppName, CancellationToken.None);
        return action switch
        {
            AppAction.Restart => (await Operate.RestartAsync(caller, project, app, done)).Error,
            AppAction.Scale => (await Operate.ScaleAsync(caller, project, app, replicas, done)).Error,
            AppAction.Pause => (await Operate.PauseAsync(caller, project, app, done)).Error,
            AppAction.Resume => (await Operate.ResumeAsync(caller, project, app, done)).Error,
            AppAction.Stop => (await StopCommand.StopAsync(caller, project, app, done)).Error,
            AppAction.Start => (await StopCommand.StartAsync(caller, project, app, done)).Error,
            AppAction.Cancel => (await StopCommand.CancelAsync(caller, project, app, new Expected(_app!.Release), done)).Error,
            AppAction.Run => (await Runs.StartAsync(caller, project, app, done)).Error,
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
        };
    }

    private async Task<Result<DeployPreview>> PreviewSpecAsync(AppSpec spec) =>
        await Previews.ExecuteAsync(await User.GetAsync(), ProjectName, spec, Gone);

    private async Task<Error?> PinAsync() =>
        (await Deploy.PinAsync(await User.GetAsync(), ProjectName, AppName, new Expected(_app!.Release), CancellationToken.None)).Error;

    private Task GoToOverviewAsync()
    {
        Navigation.NavigateTo(Urls.Application(ProjectName, AppName));
        return RunAsync();
    }

    protected override void Dispose(bool disposing)
    {
        _reader?.Dispose();
        base.Dispose(disposing);
    }
}
