using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Api;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Tables;

/// <param name="Priority">0 is always shown, 1 only in wide output.</param>
internal sealed record Column(string Name, Func<JsonObject, TableContext, JsonNode?> Value, string Type = "string", int Priority = 0);

internal sealed record TableContext(DateTimeOffset Now);

/// <summary>Objects as rows with printed columns, as <c>kubectl get</c> asks for them.</summary>
internal static class Table
{
    private static readonly Column Name = new("Name", (o, _) => o.Str("metadata", "name"));
    private static readonly Column Age = new("Age", (o, c) => Since(o.Str("metadata", "creationTimestamp"), c));

    public static JsonObject Write(ApiCall call, IReadOnlyList<StoredObject> items, long version, DateTimeOffset now, bool columns = true)
    {
        var printed = call.Resource == ApiResource.Events ? Columns.Of(call.Resource) : [Name, .. Columns.Of(call.Resource), .. WithAge(call.Resource)];
        var context = new TableContext(now);
        var include = call.Query("includeObject");
        return new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            ["columnDefinitions"] = columns ? new JsonArray([.. printed.Select(Define)]) : null,
            ["rows"] = new JsonArray([.. items.Select(i => Row(i, printed, context, include))]),
        };
    }

    /// <summary>The time since, in the two largest units that kubectl shows.</summary>
    public static string Since(string? time, TableContext context) => Ids.Time(time) is { } at ? Duration(context.Now - at) : "<unknown>";

    public static string Duration(TimeSpan span)
    {
        var s = (long)span.TotalSeconds;
        if (s < 0) return "0s";
        if (s < 120) return $"{s}s";
        var (m, h, d) = (s / 60, s / 3600, s / 86400);
        if (m < 10) return s % 60 == 0 ? $"{m}m" : $"{m}m{s % 60}s";
        if (m < 180) return $"{m}m";
        if (h < 8) return m % 60 == 0 ? $"{h}h" : $"{h}h{m % 60}m";
        if (h < 48) return $"{h}h";
        if (h < 192) return h % 24 == 0 ? $"{d}d" : $"{d}d{h % 24}h";
        return d < 730 ? $"{d}d" : $"{d / 365}y{d % 365}d";
    }

    private static Column[] WithAge(ApiResource resource) => resource == ApiResource.Deployments || resource == ApiResource.ReplicaSets || resource == ApiResource.Pods || resource == ApiResource.Jobs
        || resource == ApiResource.CronJobs || resource == ApiResource.Services || resource == ApiResource.Claims ? [] : [Age];

    internal static Column AgeColumn => Age;

    private static JsonNode Define(Column column) => new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Name == "Name" ? "name" : "",
        ["description"] = "",
        ["priority"] = column.Priority,
    };

    private static JsonNode Row(StoredObject stored, IReadOnlyList<Column> columns, TableContext context, string? include)
    {
        var body = stored.Read();
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(c => c.Value(body, context))]) };
        if (include == "Object") row["object"] = body;
        else if (include != "None") row["object"] = Presentation.Metadata(stored);
        return row;
    }
}
