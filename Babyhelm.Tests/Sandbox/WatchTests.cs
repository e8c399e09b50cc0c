using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Sandbox;

public sealed class WatchTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task A_version_that_is_too_old_answers_410_inside_the_watch()
    {
        var (status, line) = await FirstLineAsync("/api/v1/pods?watch=true&resourceVersion=1&timeoutSeconds=2");
        Assert.Equal(200, status);
        Assert.Equal("ERROR", SandboxFixture.Text(line, "type"));
        Assert.Equal(410, SandboxFixture.Number(line, "object", "code"));
        Assert.Equal("Expired", SandboxFixture.Text(line, "object", "reason"));
        Assert.Matches(@"^too old resource version: 1 \(\d+\)$", SandboxFixture.Text(line, "object", "message"));
    }

    [Fact]
    public async Task Metadata_alone_is_watched_where_that_is_asked_for()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.SendAsync("POST", $"/api/v1/namespaces/{ns}/secrets", "{\"metadata\":{\"name\":\"s\"},\"stringData\":{\"key\":\"value\"}}", expect: 201);
        using var answer = await sandbox.RawAsync(
            "GET", $"/api/v1/namespaces/{ns}/secrets?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1",
            accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(("ADDED", "BOOKMARK"), (SandboxFixture.Text(lines[0], "type"), SandboxFixture.Text(lines[1], "type")));
        Assert.Equal("true", SandboxFixture.Text(lines[1], "object", "metadata", "annotations", "k8s.io/initial-events-end"));
        Assert.All(lines, l => Assert.Equal(["kind", "apiVersion", "metadata"], l["object"]!.AsObject().Select(p => p.Key)));
        Assert.All(lines, l => Assert.Equal("PartialObjectMetadata", SandboxFixture.Text(l, "object", "kind")));
        Assert.Equal("s", SandboxFixture.Text(lines[0], "object", "metadata", "name"));
    }

    [Fact]
    public async Task Streaming_lists_need_the_match_parameter() =>
        await sandbox.SendAsync("GET", "/api/v1/pods?watch=true&sendInitialEvents=true", expect: 422);

    [Fact]
    public async Task Quiet_watches_get_bookmarks_that_move_on()
    {
        var ns = await sandbox.NamespaceAsync();
        var bookmarks = new List<long>();
        var version = SandboxFixture.Text(await sandbox.GetAsync($"/api/v1/namespaces/{ns}/configmaps"), "metadata", "resourceVersion");
        await foreach (var e in sandbox.WatchAsync($"/api/v1/namespaces/{ns}/services?watch=true&allowWatchBookmarks=true&resourceVersion={version}"))
        {
            bookmarks.Add(long.Parse(SandboxFixture.Text(e, "object", "metadata", "resourceVersion")!));
            if (bookmarks.Count == 1) await ConfigMapAsync(ns, "other");
            if (bookmarks.Count == 3) break;
        }
        Assert.True(bookmarks[2] > bookmarks[0], "a bookmark must show changes of other kinds as passed");
    }

    [Fact]
    public async Task The_time_asked_for_ends_a_watch()
    {
        var lines = 0;
        await foreach (var _ in sandbox.WatchAsync("/api/v1/nodes?watch=true&timeoutSeconds=1")) lines++;
        Assert.Equal(1, lines);
    }

    [Fact]
    public async Task Watches_end_when_the_lever_is_pulled()
    {
        await foreach (var _ in sandbox.WatchAsync("/api/v1/nodes?watch=true")) sandbox.Cluster.EndWatches();
    }

    [Fact]
    public async Task A_frozen_server_says_nothing_until_it_thaws()
    {
        sandbox.Cluster.Freeze();
        var answer = sandbox.GetAsync("/version");
        try
        {
            Assert.NotSame(answer, await Task.WhenAny(answer, Task.Delay(100)));
        }
        finally
        {
            sandbox.Cluster.Thaw();
        }
        Assert.Equal("1", SandboxFixture.Text(await answer, "major"));
    }

    private Task ConfigMapAsync(string ns, string name, string set = "x") => sandbox.SendAsync("POST", $"/api/v1/namespaces/{ns}/configmaps", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["set"] = set } },
    }, expect: 201);

    private async Task<(int Status, JsonNode? Line)> FirstLineAsync(string path)
    {
        await foreach (var line in sandbox.WatchAsync(path)) return (200, line);
        return (0, null);
    }
}
