using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Templates;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Templates;

/// <summary>One template: its source in an editor, what it makes of a real application, and its revisions.</summary>
public sealed partial class TemplatePage
{
    private TemplateDetail? _template;
    private TemplatePreview? _preview;
    private Error? _loadError;
    private Error? _error;
    private IReadOnlyList<string> _faults = [];
    private string _source = "";
    private string _message = "";
    private string _project = "";
    private string _app = "";
    private string? _done;
    private bool _busy;
    private Invalid? _invalid;

    [Inject] private TemplateCommands Commands { get; set; } = default!;
    [Inject] private PreviewTemplate Preview { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;

    /// <summary>Of a built-in template.</summary>
    [Parameter] public string Name { get; set; } = "";

    private bool IsEdited => _template is not null && _source.ReplaceLineEndings("\n") != _template.Source;

    protected override async Task OnParametersSetAsync()
    {
        if (_template?.Name == Name) return;
        await BusyAsync(async () =>
        {
            var found = await Commands.GetAsync(await User.GetAsync(), Name, Gone);
            if (found.Ok(out var template, out _loadError)) Show(template);
            var subject = await Preview.LatestSubjectAsync(await User.GetAsync(), Gone);
            if (subject.Ok(out var latest, out _)) (_project, _app) = (latest.Project, latest.App);
        });
    }

    private void Show(TemplateDetail template) => (_template, _source, _message, _preview) = (template, template.Source, "", null);

    /// <summary>What was said of the text as it was holds no more.</summary>
    private void Edited() => (_faults, _error, _done, _preview) = ([], null, null, null);

    private void Discard() => Set(_template!.Source, "");

    private void OpenBuiltIn() => Set(_template!.BuiltIn, "Built-in one again");

    private void Set(string source, string message)
    {
        Edited();
        (_source, _message) = (source, message);
    }

    private Task OpenAsync(TemplateRevisionView revision) => BusyAsync(async () =>
    {
        if (Taken(await Commands.SourceAsync(await User.GetAsync(), Name, revision.Number, Gone), out var source)) Set(source, $"Revision {revision.Number} again");
    });

    private Task ReloadAsync() => BusyAsync(async () =>
    {
        Edited();
        if (Taken(await Commands.GetAsync(await User.GetAsync(), Name, Gone), out var template)) Show(template);
    });

    private Task SaveAsync() => BusyAsync(async () =>
    {
        Edited();
        if (!Taken(await Commands.SaveAsync(await User.GetAsync(), Name, new TemplateChange(_source, _message, _template!.Revision), Gone), out var saved)) return;
        Show(saved);
        _done = "Saved. The next release of each application is rendered from it.";
    });

    private Task PreviewAsync() => BusyAsync(async () =>
    {
        Edited();
        var app = _app.Trim();
        if (Taken(await Preview.ExecuteAsync(await User.GetAsync(), Name, _source, _project.Trim(), app.Length == 0 ? null : app, Gone), out var preview)) _preview = preview;
    });

    private bool Taken<T>(Result<T> result, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
    {
        if (result.Ok(out value, out var error)) return true;
        _error = error is Invalid ? null : error;
        _invalid = error as Invalid;
        _faults = FaultsOf("source");
        return false;
    }

    private IReadOnlyList<string> FaultsOf(string field) => _invalid is null ? [] : [.. _invalid.Faults.Where(f => f.Field == field).Select(f => f.Message)];

    private async Task BusyAsync(Func<Task> work)
    {
        if (_busy) return;
        (_busy, _invalid) = (true, null);
        try
        {
            await UntilGoneAsync(async () =>
            {
                if (await CommandAttempt.ErrorAsync(async () =>
                    {
                        await work();
                        return null;
                    }) is { } error) _error = error;
            });
        }
        finally
        {
            _busy = false;
        }
    }
}
