using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The one user may do everything but what <see cref="SandboxOptions.Forbidden"/> names.</summary>
internal sealed class AccessRules(SandboxOptions options)
{
    private readonly FrozenSet<string> _forbidden = options.Forbidden.Select(f => f.Trim()).ToFrozenSet(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _refused = new(StringComparer.Ordinal);

    /// <summary>What was asked for and refused so far, in the form of <see cref="SandboxOptions.Forbidden"/>.</summary>
    public IReadOnlyCollection<string> Refused => [.. _refused.Keys];

    public bool Allows(string verb, string group, string plural, string? subresource) => !_forbidden.Contains(Name(verb, group, plural, subresource));

    /// <summary>Why the call is refused, or null.</summary>
    public StatusError? Refusal(ApiCall call) => Refusal(call, VerbOf(call));

    /// <param name="verb">What the call comes to, where its method does not tell.</param>
    public StatusError? Refusal(ApiCall call, string verb)
    {
        if (_forbidden.Count == 0 || Allows(verb, call.Resource.Group, call.Resource.Plural, call.Subresource)) return null;
        _refused.AddOrUpdate(Name(verb, call.Resource.Group, call.Resource.Plural, call.Subresource), 1, (_, n) => n + 1);
        var resource = call.Subresource is null ? call.Resource.Plural : $"{call.Resource.Plural}/{call.Subresource}";
        var scope = call.Namespace is null ? "at the cluster scope" : $"in the namespace \"{call.Namespace}\"";
        return StatusError.Forbidden(call.Resource, call.Name ?? "", $"User \"{Reviews.User}\" cannot {verb} resource \"{resource}\" in API group \"{call.Resource.Group}\" {scope}");
    }

    private static string Name(string verb, string group, string plural, string? subresource) =>
        $"{verb} {plural}{(group.Length == 0 ? "" : "." + group)}{(subresource is null ? "" : "/" + subresource)}";

    private static string VerbOf(ApiCall call) => call.Http.Request.Method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => call.Name is null ? "deletecollection" : "delete",
        _ when call.Flag("watch") && call.Subresource is null => "watch",
        _ => call.Name is null ? "list" : "get",
    };
}
