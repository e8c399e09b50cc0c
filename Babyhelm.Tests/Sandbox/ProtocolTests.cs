using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Sandbox;

/// <summary>Answers held against what a real server said to the same requests.</summary>
public sealed class ProtocolTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data", "recordings");

    private static JsonArray Recording(string name) => (JsonArray)JsonNode.Parse(File.ReadAllText(Path.Combine(Data, name)))!;

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(10)]
    public async Task Answers_errors_as_recorded(int index)
    {
        var exchange = Recording("protocol-basics.json")[index]!;
        await AssertSame(exchange);
    }

    [Fact]
    public async Task Server_side_apply_answers_every_exchange_as_recorded()
    {
        await sandbox.NamespaceAsync("rec-apply");
        var exchanges = Recording("server-side-apply.json");
        foreach (var exchange in exchanges.Take(9)) await AssertSame(exchange!);
        var scaler = await sandbox.UntilAsync("/apis/autoscaling/v2/namespaces/rec-apply/horizontalpodautoscalers", h => h["status"]?["conditions"] is not null);
        var recorded = exchanges[9]!["response"]!["body"]!;
        Assert.Equal(recorded["status"]!["conditions"]!.AsArray().Select(Essence), scaler["status"]!["conditions"]!.AsArray().Select(Essence));
        static string Essence(JsonNode? c) => $"{c!["type"]}={c["status"]} {c["reason"]} {c["message"]}";
    }

    [Fact]
    public async Task A_namespace_terminates_as_recorded()
    {
        await sandbox.NamespaceAsync("rec-ok");
        await sandbox.ApplyAsync("/api/v1/namespaces/rec-ok/configmaps/held", "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.org/hold]}}", 201);
        await sandbox.SendAsync("DELETE", "/api/v1/namespaces/rec-ok", expect: 200);
        foreach (var exchange in Recording("namespace-termination.json").Skip(1)) await AssertSame(exchange!);
        var marked = await sandbox.UntilAsync("/api/v1/namespaces", n => SandboxFixture.Text(n, "metadata", "name") == "rec-ok" && n["status"]?["conditions"] is not null);
        Assert.Equal("Terminating", SandboxFixture.Text(marked, "status", "phase"));
        Assert.Equal("kubernetes", marked["spec"]!["finalizers"]![0]!.GetValue<string>());
        Assert.Contains("example.org/hold in 1 resource instances", marked["status"]!["conditions"]!.ToJsonString(), StringComparison.Ordinal);

        await foreach (var e in sandbox.WatchAsync("/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Drec-ok"))
        {
            if (SandboxFixture.Text(e, "type") == "DELETED") break;
            await sandbox.SendAsync("PATCH", "/api/v1/namespaces/rec-ok/configmaps/held", "{\"metadata\":{\"finalizers\":null}}", "application/merge-patch+json");
        }
        await AssertStatus(404, "GET", "/api/v1/namespaces/rec-ok");
    }

    [Fact]
    public async Task Nobody_without_the_token_gets_in()
    {
        foreach (var token in new[] { null, "wrong" })
        {
            using var http = SandboxFixture.Client(sandbox.Cluster, token);
            using var answer = await http.GetAsync("/api/v1/namespaces");
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal("Unauthorized", SandboxFixture.Text(JsonNode.Parse(await answer.Content.ReadAsStringAsync()), "reason"));
        }
    }

    [Theory]
    [InlineData("POST", "/api/v1/pods", 405)]
    [InlineData("GET", "/api/v1/nosuch", 404)]
    [InlineData("GET", "/api/v1/namespaces/default/pods?labelSelector=a%20b%20c", 400)]
    [InlineData("GET", "/api/v1/namespaces/default/pods?fieldSelector=spec.nosuch%3D1", 400)]
    [InlineData("GET", "/api/v1/pods?limit=1&continue=bm9uc2Vuc2U", 400)]
    [InlineData("GET", "/api/v1/pods?resourceVersion=9223372036854775807", 504)]
    [InlineData("GET", "/api/v1/namespaces/default/pods/nosuch/log", 404)]
    [InlineData("DELETE", "/api/v1/namespaces/default", 403)]
    public async Task Refuses_what_does_not_fit(string method, string path, int status) => await AssertStatus(status, method, path);

    [Fact]
    public async Task Refuses_a_body_that_is_too_large()
    {
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "big" }, ["data"] = new JsonObject { ["a"] = new string('x', 4 << 20) } };
        using var answer = await sandbox.RawAsync("POST", "/api/v1/namespaces/default/configmaps", body);
        Assert.Equal(413, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Unknown_fields_are_refused_when_asked_and_warned_of_otherwise()
    {
        var ns = await sandbox.NamespaceAsync();
        var body = JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"nosuch":1}""")!;
        var strict = await sandbox.SendAsync("POST", $"/api/v1/namespaces/{ns}/configmaps?fieldValidation=Strict", body, expect: 400);
        Assert.Contains("strict decoding error: unknown field \"nosuch\"", SandboxFixture.Text(strict, "message"), StringComparison.Ordinal);
        using var warned = await sandbox.RawAsync("POST", $"/api/v1/namespaces/{ns}/configmaps", body);
        Assert.Equal(201, (int)warned.StatusCode);
        Assert.Contains("unknown field", warned.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
        Assert.Null((await sandbox.GetAsync($"/api/v1/namespaces/{ns}/configmaps/c"))["nosuch"]);
    }

    private async Task AssertStatus(int status, string method, string path) => Assert.Equal(status, (int)(await sandbox.RawAsync(method, path)).StatusCode);

    private async Task AssertSame(JsonNode exchange)
    {
        var (request, response) = (exchange["request"]!, exchange["response"]!);
        var body = request["body"] is JsonValue text ? (object)text.GetValue<string>() : request["body"];
        using var answer = await sandbox.RawAsync(request["method"]!.GetValue<string>(), request["path"]!.GetValue<string>(), body, request["contentType"]?.GetValue<string>() ?? "application/json");
        var actual = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == response["status"]!.GetValue<int>(), $"{request["path"]}: {actual}");
        if (response["body"] is JsonValue plain)
        {
            Assert.Equal(plain.GetValue<string>(), actual);
            return;
        }
        Assert.Equal(Recordings.Normalize(response["body"]!), Recordings.Normalize(JsonNode.Parse(actual)!));
    }
}
