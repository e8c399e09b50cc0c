using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>Brings two people's changes of one spec together.</summary>
public static class SpecMerge
{
    private static readonly (string Field, string Key)[] Lists = [("env", "name"), ("volumes", "name"), ("ports", "port")];

    /// <summary>Theirs where mine is as it was, mine where I changed it. Variables, volumes and ports are looked at one by one.</summary>
    /// <param name="origin">What both started from.</param>
    public static AppSpec Merge(AppSpec origin, AppSpec mine, AppSpec theirs)
    {
        var (o, m, t) = (Json(origin), Json(mine), Json(theirs));
        var merged = new JsonObject();
        foreach (var field in m.Select(p => p.Key).Union(t.Select(p => p.Key)))
        {
            var list = Lists.FirstOrDefault(l => l.Field == field);
            var value = list.Key is null ? Pick(o[field], m[field], t[field]) : Pick(o[field] as JsonArray ?? [], m[field] as JsonArray ?? [], t[field] as JsonArray ?? [], list.Key);
            merged[field] = value?.DeepClone();
        }
        return merged.Deserialize<AppSpec>(AppSpecJson.Options)!;
    }

    private static JsonNode? Pick(JsonNode? origin, JsonNode? mine, JsonNode? theirs) => JsonNode.DeepEquals(origin, mine) ? theirs : mine;

    private static JsonArray Pick(JsonArray origin, JsonArray mine, JsonArray theirs, string key)
    {
        var merged = new JsonArray();
        foreach (var name in mine.Concat(theirs).Select(e => NameOf(e)).Distinct())
        {
            if (Pick(Find(origin), Find(mine), Find(theirs)) is { } entry) merged.Add(entry.DeepClone());

            JsonNode? Find(JsonArray list) => list.FirstOrDefault(e => NameOf(e) == name);
        }
        return merged;

        string NameOf(JsonNode? entry) => entry![key]!.ToJsonString();
    }

    private static JsonObject Json(AppSpec spec) => JsonSerializer.SerializeToNode(spec, AppSpecJson.Options)!.AsObject();
}
