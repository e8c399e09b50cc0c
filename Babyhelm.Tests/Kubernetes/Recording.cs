using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Requests and answers recorded from a real API server.</summary>
internal static class Recording
{
    internal static JsonArray Load(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "recordings", name + ".json")))!.AsArray();

    /// <summary>Answers each request with what was recorded for the same method and path, several for the same one in their order.</summary>
    internal static Func<Exchange, Task> Player(string name)
    {
        var left = Load(name).Select(entry => entry!.AsObject()).ToList();
        return exchange =>
        {
            var entry = left.FirstOrDefault(e => e["request"]!["method"]!.GetValue<string>() == exchange.Method && e["request"]!["path"]!.GetValue<string>() == exchange.PathAndQuery);
            if (entry is null) return exchange.AnswerAsync(500, $"not recorded: {exchange.Method} {exchange.PathAndQuery}", "text/plain");
            left.Remove(entry);
            var response = entry["response"]!;
            var body = response["body"]!;
            return exchange.AnswerAsync(response["status"]!.GetValue<int>(), body is JsonObject ? body.ToJsonString() : body.GetValue<string>(),
                response["headers"]!["content-type"]![0]!.GetValue<string>());
        };
    }

    /// <summary>The recorded bodies that clients sent to a path with a method.</summary>
    internal static List<JsonObject> Bodies(string name, string method) =>
        [.. Load(name).Where(e => e!["request"]!["method"]!.GetValue<string>() == method).Select(e => e!["request"]!["body"]).OfType<JsonObject>().Select(b => b.DeepClone().AsObject())];
}
