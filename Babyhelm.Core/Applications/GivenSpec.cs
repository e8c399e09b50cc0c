using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>A spec as somebody gave it, checked and taken apart.</summary>
/// <param name="Spec">Valid, without secret values.</param>
/// <param name="Secrets">Value of each secret variable of the spec.</param>
internal sealed record GivenSpec(AppSpec Spec, IReadOnlyDictionary<string, string> Secrets)
{
    /// <param name="previous">Secrets of the release before: where a secret has no value, it keeps that.</param>
    public static Result<GivenSpec> Read(AppSpec given, IReadOnlyDictionary<string, string> previous)
    {
        if (AppSpecValidator.Validate(given).Failed(out var error, out var spec)) return error;
        var values = new Dictionary<string, string>();
        var faults = new List<Fault>();
        for (var i = 0; i < spec.Env.Count; i++)
        {
            if (spec.Env[i] is not { Secret: true } secret) continue;
            if (secret.Value is { } value) values[secret.Name] = value;
            else if (previous.TryGetValue(secret.Name, out var kept)) values[secret.Name] = kept;
            else faults.Add(new Fault($"env[{i}].value", $"Give a value for the new secret {secret.Name}."));
        }
        if (faults.Count > 0) return new Invalid(faults);
        return new GivenSpec(spec with { Env = [.. spec.Env.Select(e => e.Secret ? e with { Value = null } : e)] }, values);
    }
}
