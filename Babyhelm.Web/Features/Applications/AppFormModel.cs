using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Sends an <see cref="AppForm"/> and keeps what came back, each fault at its field.</summary>
/// <param name="deploy">The command, which takes why it is deployed, too.</param>
public sealed class AppFormModel(AppForm form, Func<AppSpec, string, Task<Result<Deployed>>> deploy)
{
    private readonly ShownFields _fields = new(form);
    private IReadOnlyList<Fault> _faults = [];

    public AppForm Form { get; } = form;

    /// <summary>Why it is deployed; shown with the release, empty for no word.</summary>
    public string Message { get; set; } = "";

    public bool Busy { get; private set; }

    /// <summary>Number of changes since it was opened or deployed.</summary>
    public int Edits { get; private set; }

    /// <summary>What it would do; null where nobody asked, and after a change, as it would mislead then.</summary>
    public DeployPreview? Preview { get; private set; }

    /// <summary>Raised after each change.</summary>
    public Action? Edited { get; set; }

    public bool Submitted { get; private set; }

    /// <summary>A failure that belongs to no field.</summary>
    public Error? Error { get; private set; }

    /// <summary>Whether the folded part has to be open for a fault in it to be seen.</summary>
    public bool MoreOpen { get; set; }

    /// <summary>Faults of fields that the form does not have, or does not ask for as it is filled in.</summary>
    public IReadOnlyList<Fault> Others => [.. _faults.Where(f => !_fields.Show(f.Field))];

    /// <summary>Faults of a field and of what is inside it.</summary>
    public IReadOnlyList<string> Faults(string field) => [.. _faults.Where(f => Covers(field, f.Field)).Select(f => f.Message)];

    /// <summary>Faults of exactly this field.</summary>
    public IReadOnlyList<string> OwnFaults(string field) => [.. _faults.Where(f => f.Field == field).Select(f => f.Message)];

    /// <summary>Faults of row <paramref name="row"/> of the environment, blank rows not counted by the spec.</summary>
    public IReadOnlyList<string> EnvFaults(EnvRow row, string part)
    {
        if (row.IsBlank) return [];
        var index = Form.Env.Where(e => !e.IsBlank).TakeWhile(e => e != row).Count();
        return [.. Faults($"env[{index}].{part}"), .. part == "name" ? _faults.Where(f => f.Field == $"env[{index}]").Select(f => f.Message) : []];
    }

    /// <summary>Forgets what was said of a field that is being changed.</summary>
    public void Touch(string field)
    {
        _faults = [.. _faults.Where(f => !Covers(field, f.Field))];
        (Error, Preview) = (null, null);
        Edits++;
        Edited?.Invoke();
    }

    /// <summary>Faults of one part of a row of a list, blank rows not counted by the spec.</summary>
    /// <param name="offset">Entries of the list that are no rows.</param>
    public IReadOnlyList<string> RowFaults<T>(IReadOnlyList<T> rows, T row, Func<T, bool> isBlank, string field, int offset = 0) where T : class =>
        isBlank(row) ? [] : Faults($"{field}[{rows.Where(r => !isBlank(r)).TakeWhile(r => r != row).Count() + offset}]");

    /// <summary>It is told in another place.</summary>
    public void ClearError() => Error = null;

    /// <summary>Answers what was deployed, or null where something has to be put right first.</summary>
    public async Task<Deployed?> SubmitAsync()
    {
        var deployed = await RunAsync(spec => deploy(spec, Message));
        if (deployed is not null) Edits = 0;
        return deployed;
    }

    /// <summary>Asks what it would do; an answer that comes after the next change is dropped.</summary>
    public async Task PreviewAsync(Func<AppSpec, Task<Result<DeployPreview>>> preview)
    {
        var edits = Edits;
        var made = await RunAsync(preview);
        if (edits == Edits) Preview = made;
    }

    private async Task<T?> RunAsync<T>(Func<AppSpec, Task<Result<T>>> command) where T : class
    {
        if (Busy) return null;
        (Submitted, Error, _faults) = (true, null, []);
        if (Form.ToSpec().Failed(out var error, out var spec))
        {
            Take(error);
            return null;
        }
        Busy = true;
        try
        {
            if ((await CommandAttempt.ResultAsync(() => command(spec))).Ok(out var done, out error)) return done;
            Take(error);
            return null;
        }
        finally
        {
            Busy = false;
        }
    }

    private void Take(Error error)
    {
        if (error is Invalid invalid) _faults = invalid.Faults;
        else if (error is Conflict { Code: "name-taken" or "address-taken" }) _faults = [new Fault("name", error.Message)];
        else if (error is Conflict { Code: "host-taken" }) _faults = [new Fault("expose.host", error.Message)];
        else Error = error;
        if (_faults.Any(f => !_fields.ShowFirst(f.Field))) MoreOpen = true;
    }

    internal static bool Covers(string field, string path) =>
        path == field || (path.StartsWith(field, StringComparison.Ordinal) && path[field.Length] is '.' or '[');
}
