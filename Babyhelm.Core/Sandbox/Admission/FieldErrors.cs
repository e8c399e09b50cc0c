using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Api;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>Faults of an object's fields, in the wording of the API, in the order in which they are found.</summary>
internal sealed class FieldErrors
{
    private readonly List<(string Reason, string Message, string Field)> _faults = [];

    public bool Any => _faults.Count > 0;

    public void Invalid(string field, JsonNode? value, string why) => _faults.Add(("FieldValueInvalid", $"Invalid value: {Json.Text(value)}: {why}", field));

    public void Required(string field, string why = "") => _faults.Add(("FieldValueRequired", why.Length == 0 ? "Required value" : $"Required value: {why}", field));

    public void Duplicate(string field, string value) => _faults.Add(("FieldValueDuplicate", $"Duplicate value: \"{value}\"", field));

    public void Missing(string field, string value) => _faults.Add(("FieldValueNotFound", $"Not found: \"{value}\"", field));

    public void Forbidden(string field, string why) => _faults.Add(("FieldValueForbidden", $"Forbidden: {why}", field));

    public void Supported(string field, string? value, params string[] supported)
    {
        if (value is null || supported.Contains(value)) return;
        var list = string.Join(", ", supported.Order(StringComparer.Ordinal).Select(s => $"\"{s}\""));
        _faults.Add(("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {list}", field));
    }

    public void Port(string field, JsonNode? value)
    {
        if (value.Int() is null or < 1 or > 65535) Invalid(field, value, "must be between 1 and 65535, inclusive");
    }

    public void NotNegative(string field, JsonNode? value)
    {
        if (value.Int() < 0) Invalid(field, value, "must be greater than or equal to 0");
    }

    public void Immutable(string field, JsonNode? value) => Invalid(field, value, "field is immutable");

    /// <summary>The 422 answer.</summary>
    public StatusError ToStatus(string group, string kind, string name)
    {
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        var texts = _faults.Select(f => $"{f.Field}: {f.Message}").ToList();
        var details = new JsonObject();
        if (name.Length > 0) details["name"] = name;
        if (group.Length > 0) details["group"] = group;
        details["kind"] = kind;
        details["causes"] = new JsonArray([.. _faults.Select(f => new JsonObject { ["reason"] = f.Reason, ["message"] = f.Message, ["field"] = f.Field })]);
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {(texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]")}", details);
    }

    public StatusError ToStatus(ApiResource resource, string name) => ToStatus(resource.Group, resource.Kind, name);
}
