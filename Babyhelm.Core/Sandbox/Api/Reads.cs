using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Storage;
using Babyhelm.Core.Sandbox.Tables;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>GET of one object and of lists, as objects, tables or metadata only.</summary>
internal sealed class Reads(ObjectStore store, TimeProvider time)
{
    public Task GetAsync(ApiCall call)
    {
        if (store.Get(call.Resource, call.Namespace, call.Name!) is not { } stored) return Answers.Error(call.Http, StatusError.NotFound(call.Resource, call.Name!));
        return Presentation.Of(call.Http.Request.Headers.Accept) switch
        {
            Form.Table => Answers.Json(call.Http, Table.Write(call, [stored], stored.Version, time.GetUtcNow())),
            Form.Metadata => Answers.Json(call.Http, Presentation.Metadata(stored)),
            Form.None => Answers.Error(call.Http, Presentation.NotAcceptable()),
            _ => Answers.Bytes(call.Http, stored.Bytes, "application/json"),
        };
    }

    public Task ListAsync(ApiCall call)
    {
        if (!Select(call).Ok(out var selection, out var error)) return Answers.Error(call.Http, error);
        if (Read(call).Failed(out error, out var read)) return Answers.Error(call.Http, error);
        var (all, version) = read;
        var items = all.Where(selection.Matches).ToList();
        items.Sort((a, b) => string.CompareOrdinal(a.SortKey, b.SortKey));
        var meta = new JsonObject { ["resourceVersion"] = Text(version) };
        var page = Page(call, items, version, meta);
        switch (Presentation.Of(call.Http.Request.Headers.Accept))
        {
            case Form.None:
                return Answers.Error(call.Http, Presentation.NotAcceptable());
            case Form.Table:
                var table = Table.Write(call, page, version, time.GetUtcNow());
                table["metadata"] = meta;
                return Answers.Json(call.Http, table);
            case Form.Metadata:
                return Answers.Json(call.Http, new JsonObject
                {
                    ["kind"] = "PartialObjectMetadataList",
                    ["apiVersion"] = "meta.k8s.io/v1",
                    ["metadata"] = meta,
                    ["items"] = new JsonArray([.. page.Select(p => (JsonNode)Presentation.Metadata(p))]),
                });
            default:
                return WriteListAsync(call, meta, page);
        }
    }

    /// <summary>Selectors of a call, as one test.</summary>
    public static Result<Selection> Select(ApiCall call)
    {
        try
        {
            var fields = FieldSelector.Parse(call.Resource, call.Query("fieldSelector"));
            if (call.Name is not null) fields = FieldSelector.Parse(call.Resource, $"metadata.name={call.Name}");
            return new Selection(LabelSelector.Parse(call.Query("labelSelector")), fields);
        }
        catch (FormatException e)
        {
            return StatusError.BadRequest(e.Message);
        }
    }

    /// <summary>Items are stored bytes; they are written as they are.</summary>
    private static async Task WriteListAsync(ApiCall call, JsonObject meta, List<StoredObject> items)
    {
        call.Http.Response.ContentType = "application/json";
        var body = call.Http.Response.Body;
        await body.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"{{\"kind\":\"{call.Resource.Kind}List\",\"apiVersion\":\"{call.Resource.ApiVersion}\",\"metadata\":{Json.Text(meta)},\"items\":["), call.Aborted);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) await body.WriteAsync(","u8.ToArray(), call.Aborted);
            await body.WriteAsync(items[i].Bytes, call.Aborted);
        }
        await body.WriteAsync("]}"u8.ToArray(), call.Aborted);
    }

    /// <summary>The objects and the version that shows them: the present one, that of the first page, or the one asked for.</summary>
    private Result<Snapshot> Read(ApiCall call)
    {
        if (call.Query("continue") is { Length: > 0 } token)
        {
            if (ListTokens.Read(token) is not { } from) return StatusError.BadRequest("invalid continue token: continue key is not valid: invalid character in the token");
            if (store.ListAt(call.Resource, call.Namespace, from.Version) is not { } then) return StatusError.ContinueExpired();
            return new Snapshot([.. then.Where(i => string.CompareOrdinal(i.SortKey, from.Start) > 0)], from.Version);
        }
        lock (store.Gate)
        {
            if (call.Query("resourceVersion") is not (null or "" or "0") and var version)
            {
                if (!long.TryParse(version, out var wanted)) return StatusError.BadRequest($"invalid resource version \"{version}\"");
                if (wanted > store.Version) return TooLarge(wanted, store.Version);
                if (call.Query("resourceVersionMatch") == "Exact")
                {
                    if (store.ListAt(call.Resource, call.Namespace, wanted) is not { } then) return StatusError.Expired(wanted, store.OldestVersion);
                    return new Snapshot(then, wanted);
                }
            }
            return new Snapshot(store.List(call.Resource, call.Namespace), store.Version);
        }
    }

    private sealed record Snapshot(List<StoredObject> Items, long Version);

    private static List<StoredObject> Page(ApiCall call, List<StoredObject> items, long version, JsonObject meta)
    {
        var limit = call.Number("limit") ?? 0;
        if (limit <= 0 || items.Count <= limit) return items;
        meta["continue"] = ListTokens.Write(version, items[(int)limit - 1].SortKey);
        meta["remainingItemCount"] = items.Count - limit;
        return items[..(int)limit];
    }

    public static StatusError TooLarge(long wanted, long current) => new(504, "Timeout", $"Too large resource version: {wanted}, current: {current}", new()
    {
        ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
        ["retryAfterSeconds"] = 1,
    });

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed record Selection(LabelSelector Labels, FieldSelector Fields)
{
    public bool Matches(StoredObject stored) => Labels.Matches(stored.Labels) && Fields.Matches(stored);
}
