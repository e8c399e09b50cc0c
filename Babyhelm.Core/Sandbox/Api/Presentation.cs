using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

internal enum Form { None, Whole, Table, Metadata }

/// <summary>The form in which a client wants its answer.</summary>
internal static class Presentation
{
    /// <summary>The first form of the Accept header that can be given.</summary>
    public static Form Of(string? accept)
    {
        if (string.IsNullOrEmpty(accept)) return Form.Whole;
        foreach (var part in accept.Split(','))
        {
            var words = part.Split(';', StringSplitOptions.TrimEntries);
            if (words[0] is not ("application/json" or "application/*" or "*/*")) continue;
            var shape = words.FirstOrDefault(w => w.StartsWith("as=", StringComparison.Ordinal))?[3..];
            if (shape == "Table") return Form.Table;
            if (shape is "PartialObjectMetadata" or "PartialObjectMetadataList") return Form.Metadata;
            if (shape is null) return Form.Whole;
        }
        return Form.None;
    }

    public static JsonObject Metadata(StoredObject stored) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = stored.Read()["metadata"]?.DeepClone(),
    };

    public static StatusError NotAcceptable() => new(406, "NotAcceptable", "only the following media types are accepted: application/json");
}
