using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Components.Shared;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Projects;

public sealed partial class RegistriesPanel
{
    private string _name = "";
    private string _host = "";
    private string _user = "";
    private string _password = "";
    private string? _edited;
    private string? _saved;
    private bool _busy;
    private Error? _refused;
    private Error? _error;
    private ElementReference _title;

    [Parameter, EditorRequired] public ProjectView Project { get; set; } = default!;
    [Parameter, EditorRequired] public IReadOnlyList<RegistryView> Registries { get; set; } = [];

    private bool Reacts => RendererInfo.IsInteractive;

    private string? WhyNot => Project.State == ProjectState.Deleting ? "The project is being deleted." : Project.WhyNot(ProjectAction.ManageRegistries);

    private IReadOnlyList<string> FaultsOf(string field) => _refused is Invalid invalid ? [.. invalid.Faults.Where(f => f.Field == field).Select(f => f.Message)] : [];

    private void Type(Action set)
    {
        set();
        (_refused, _saved) = (null, null);
    }

    private void Clear() => (_edited, _name, _host, _user, _password, _refused) = (null, "", "", "", "", null);

    private async Task Edit(RegistryView registry)
    {
        (_edited, _host, _user, _password, _refused, _saved) = (registry.Name, registry.Host, registry.UserName, "", null, null);
        await _title.FocusAsync();
    }

    private async Task SubmitAsync()
    {
        if (_busy) return;
        (_busy, _refused, _saved) = (true, null, null);
        try
        {
            var given = new RegistryGiven(_host, _user, _edited is not null && _password.Length == 0 ? null : _password);
            var done = await CommandAttempt.ResultAsync(async () => _edited is { } name
                ? await Commands.ChangeAsync(await User.GetAsync(), Project.Name, name, given, CancellationToken.None)
                : await Commands.CreateAsync(await User.GetAsync(), Project.Name, _name.Trim(), given, CancellationToken.None));
            if (done.Failed(out _refused, out var saved)) return;
            Clear();
            _saved = saved.Notice is { } notice ? $"Saved, but not tested: {notice}" : "Saved: the registry takes these credentials.";
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task TestAsync(RegistryView registry)
    {
        _error = null;
        (await CommandAttempt.ResultAsync(async () => await Commands.TestAsync(await User.GetAsync(), Project.Name, registry.Name, CancellationToken.None))).Failed(out _error, out _);
    }

    private Task DeleteAsync(RegistryView registry) => Dialogs.ConfirmAsync(new ConfirmRequest(
        $"Delete the registry {registry.Name}?", Words.Text($"Its user name and password for {registry.Host} are removed. Images that need them can't be pulled any more."), null, "Delete",
        async () => (await Commands.DeleteAsync(await User.GetAsync(), Project.Name, registry.Name, CancellationToken.None)).Error));
}
