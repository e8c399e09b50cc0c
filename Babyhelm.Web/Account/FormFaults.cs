using Babyhelm.Core.Common;

namespace Babyhelm.Web.Account;

/// <summary>Why a form was refused, by field.</summary>
/// <param name="error">Null for a form that was not refused.</param>
/// <param name="fields">The fields that say their faults themselves; <see cref="Rest"/> has all others.</param>
internal sealed class FormFaults(Error? error, params string[] fields)
{
    public static readonly FormFaults None = new(null);

    private IReadOnlyList<Fault> Faults => (error as Invalid)?.Faults ?? [];

    public bool Any => error is not null;

    public bool Has(string field) => Faults.Any(f => f.Field == field);

    /// <summary>The value of <c>aria-invalid</c>.</summary>
    public string? Aria(string field) => Has(field) ? "true" : null;

    public IReadOnlyList<string> Of(string field) => [.. Faults.Where(f => f.Field == field).Select(f => f.Message)];

    /// <summary>What no field says; null when there is nothing left.</summary>
    public Error? Rest => error is not Invalid invalid ? error
        : invalid.Faults.Where(f => !fields.Contains(f.Field)).ToList() is { Count: > 0 } rest ? new Invalid(rest) : null;
}
