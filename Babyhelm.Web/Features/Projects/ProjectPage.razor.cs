using Babyhelm.Core.Applications;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Shared;
using Babyhelm.Web.Features.Alerts;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace Babyhelm.Web.Features.Projects;

public sealed partial class ProjectPage
{
    private ProjectView? _project;
    private IReadOnlyList<ApplicationView> _apps = [];
    private MemberTable? _members;
    private IReadOnlyList<RegistryView>? _registries;
    private AlertsModel? _alerts;
    private AlertList? _firing;
    private Error? _error;

    [Parameter] public string ProjectName { get; set; } = "";
    [Parameter] public string? TabPath { get; set; }

    [Inject] private ProjectCommands Commands { get; set; } = default!;
    [Inject] private ProjectMembers Members { get; set; } = default!;
    [Inject] private ProjectRegistries Registries { get; set; } = default!;
    [Inject] private ApplicationQueries Applications { get; set; } = default!;
    [Inject] private AlertsReader Alerts { get; set; } = default!;
    [Inject] private AlertQueries AlertQueries { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private DialogService Dialogs { get; set; } = default!;

    private static readonly IReadOnlyList<(string, string)> Trail = [("Projects", Urls.Projects)];

    private ProjectTab Tab => ProjectTab.Of(TabPath) ?? ProjectTab.Applications;

    private string? WhyNotDeploy => _project is { State: ProjectState.Deleting } ? "The project is being deleted." : _project?.WhyNot(ProjectAction.Deploy);

    protected override string Subject => $"{ProjectName}/{TabPath}";

    protected override void OnParametersSet()
    {
        if (ProjectTab.Of(TabPath) is null) Navigation.NotFound();
    }

    protected override void Forget()
    {
        (_members, _registries, _alerts, _error) = (null, null, null, null);
        if (_project?.Name != ProjectName) (_project, _apps, _firing) = (null, [], null);
    }

    protected override bool Concerns(Change change) =>
        change.Of == ChangeOf.Application || (change.Of is ChangeOf.Project or ChangeOf.Alert && change.Id == _project?.Id);

    protected override async Task LoadAsync()
    {
        var caller = await User.GetAsync();
        if ((await Commands.GetAsync(caller, ProjectName, Gone)).Failed(out _error, out var project))
        {
            // One that was open and is gone now was deleted or left: that is what was asked for.
            if (_project is not null) Navigation.NavigateTo(Urls.Projects);
            else Missing(_error);
            return;
        }
        if (Tab == ProjectTab.Members)
        {
            if ((await Members.ListAsync(caller, ProjectName, Gone)).Failed(out _error, out var members)) return;
            _members = new MemberTable(project, members, caller.Email);
        }
        else if (Tab == ProjectTab.Registries)
        {
            if ((await Registries.ListAsync(caller, ProjectName, Gone)).Failed(out _error, out _registries)) return;
        }
        else if (Tab == ProjectTab.Alerts)
        {
            if ((await Alerts.ReadAsync(caller, ProjectName, null, Gone)).Failed(out _error, out _alerts)) return;
        }
        else if (Tab == ProjectTab.Applications)
        {
            if ((await Applications.ListAsync(caller, ProjectName, Gone)).Failed(out _error, out var apps)) return;
            _apps = apps;
        }
        if (_alerts is null && (await AlertQueries.ListAsync(caller, ProjectName, null, Gone)).Ok(out var firing, out _)) _firing = firing;
        else _firing = _alerts?.Alerts;
        _project = project;
    }

    private Task DeleteAsync() => Dialogs.ConfirmAsync(new ConfirmRequest(
        $"Delete the project {ProjectName}?",
        DeleteText,
        ProjectName, "Delete project",
        async () => (await Commands.DeleteAsync(await User.GetAsync(), ProjectName, CancellationToken.None)).Error));

    private RenderFragment DeleteText => builder =>
    {
        builder.OpenComponent<DeleteProjectText>(0);
        builder.AddComponentParameter(1, nameof(DeleteProjectText.Project), _project!);
        builder.AddComponentParameter(2, nameof(DeleteProjectText.Applications), _apps);
        builder.CloseComponent();
    };
}
