using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Owner references.</summary>
internal static class Ownership
{
    public static JsonObject Controller(StoredObject owner) => new()
    {
        ["apiVersion"] = owner.Resource.ApiVersion,
        ["kind"] = owner.Resource.Kind,
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>Name of the controlling owner of a kind, or null.</summary>
    public static string? Controlling(StoredObject stored, string kind) => stored.ControllerUid is null ? null
        : stored.Read().Items("metadata", "ownerReferences").FirstOrDefault(o => o.Bool("controller") == true && o.Str("kind") == kind).Str("name");
}
