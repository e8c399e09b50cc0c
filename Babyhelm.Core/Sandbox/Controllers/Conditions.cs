using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Status conditions: set with the rules for their times, in the order in which the real controllers leave them.</summary>
internal static class Conditions
{
    public static JsonObject? Get(JsonNode? status, string type) => status.Items("conditions").FirstOrDefault(c => c.Str("type") == type);

    /// <summary>Sets a condition at the end of the list; an equal status and reason changes nothing.</summary>
    public static void Set(JsonObject status, string type, string value, string reason, string message, string now, bool updateTime = true)
    {
        var current = Get(status, type);
        if (current.Str("status") == value && current.Str("reason") == reason) return;
        var condition = new JsonObject { ["type"] = type, ["status"] = value };
        if (updateTime) condition["lastUpdateTime"] = now;
        condition["lastTransitionTime"] = current is not null && current.Str("status") == value ? current.Str("lastTransitionTime") : now;
        condition["reason"] = reason;
        condition["message"] = message;
        Remove(status, type);
        status.MakeList("conditions").Add(condition);
    }

    public static void Remove(JsonObject status, string type)
    {
        if (status["conditions"] is not JsonArray list) return;
        for (var i = list.Count - 1; i >= 0; i--)
            if (list[i].Str("type") == type) list.RemoveAt(i);
        if (list.Count == 0) status.Remove("conditions");
    }
}
