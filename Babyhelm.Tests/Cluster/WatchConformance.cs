using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>Watches: from where they begin, what they tell, how they end and go on.</summary>
public sealed class WatchConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task From_a_version_only_later_changes_come_each_in_its_order()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", "1")).Labelled(("w", "1")));
        var from = (await ListAsync()).ResourceVersion;
        await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", "2")).Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "b", ("n", "1")).Labelled(("w", "1")));
        await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "a", cancellation: Limit);
        Assert.Equal(["Modified a", "Added b", "Deleted a"], (await TakeAsync(3, from)).Select(Told));
    }

    [ClusterFact]
    public async Task Without_a_version_the_present_state_comes_first()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "b").Labelled(("w", "1")));
        var all = new List<string>();
        await foreach (var e in WatchAsync(null))
        {
            all.Add(Told(e));
            if (all.Count == 2) await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "a", cancellation: Limit);
            if (all.Count == 3) break;
        }
        Assert.Equal(["Added a", "Added b"], all[..2].Order());
        Assert.Equal("Deleted a", all[2]);
    }

    [ClusterFact]
    public async Task A_watch_that_was_left_goes_on_from_its_last_version_with_nothing_lost_or_doubled()
    {
        var version = (await ListAsync()).ResourceVersion;
        var seen = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            // Two changes while nobody watches; one of them is read now, the other one after the next break.
            await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", $"{2 * round}")).Labelled(("w", "1")));
            await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", $"{2 * round + 1}")).Labelled(("w", "1")));
            var e = (await TakeAsync(1, version))[0];
            seen.Add(e.Object!["data"]!["n"]!.GetValue<string>());
            version = Objects.Version(e.Object);
        }
        seen.AddRange((await TakeAsync(4, version)).Select(e => e.Object!["data"]!["n"]!.GetValue<string>()));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), seen);
    }

    [ClusterFact]
    public async Task A_deletion_tells_the_last_state_with_a_version_of_its_own()
    {
        var made = await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", "1")).Labelled(("w", "1")));
        await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "a", cancellation: Limit);
        var gone = Assert.Single(await TakeAsync(1, Objects.Version(made.Object)));
        Assert.Equal(WatchEventKind.Deleted, gone.Kind);
        Assert.Equal("1", gone.Object!["data"]!["n"]!.GetValue<string>());
        Assert.NotEqual(Objects.Version(made.Object), Objects.Version(gone.Object));
    }

    [ClusterFact]
    public async Task An_object_that_is_made_again_is_another_one()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "a", cancellation: Limit);
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        var events = await TakeAsync(2, Objects.Version(first.Object));
        Assert.Equal(["Deleted a", "Added a"], events.Select(Told));
        Assert.NotEqual(events[0].Object!["metadata"]!["uid"]!.ToString(), events[1].Object!["metadata"]!["uid"]!.ToString());
    }

    [ClusterFact]
    public async Task What_leaves_the_selection_is_deleted_and_what_enters_it_is_added()
    {
        var from = (await ListAsync()).ResourceVersion;
        await ApplyAsync(Objects.ConfigMap(Ns, "a"));
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", "2")).Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "a", ("n", "2")));
        Assert.Equal(["Added a", "Modified a", "Deleted a"], (await TakeAsync(3, from)).Select(Told));
    }

    [ClusterFact]
    public async Task One_object_can_be_watched_by_its_name()
    {
        var from = (await ListAsync()).ResourceVersion;
        await ApplyAsync(Objects.ConfigMap(Ns, "other"));
        await ApplyAsync(Objects.ConfigMap(Ns, "a"));
        await foreach (var e in Client.WatchAsync<JsonObject>(ResourceType.ConfigMaps, new() { Namespace = Ns, FieldSelector = "metadata.name=a", ResourceVersion = from }, Limit))
        {
            Assert.Equal("Added a", Told(e));
            break;
        }
    }

    [ClusterFact]
    public async Task Other_namespaces_are_not_told_of()
    {
        var other = await Target.NewNamespaceAsync(Limit);
        var from = (await ListAsync()).ResourceVersion;
        await ApplyAsync(Objects.ConfigMap(other, "theirs").Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "ours").Labelled(("w", "1")));
        Assert.Equal("Added ours", Told((await TakeAsync(1, from))[0]));
        await Target.DeleteNamespaceAsync(other);
    }

    [ClusterFact]
    public async Task A_quiet_watch_gets_a_bookmark_and_ends_in_good_order()
    {
        var from = (await ListAsync()).ResourceVersion;
        await ApplyAsync(Objects.ConfigMap(Ns, "outside"));
        var events = new List<WatchEvent<JsonObject>>();
        var options = new WatchOptions { Namespace = Ns, LabelSelector = "w=1", ResourceVersion = from, Timeout = TimeSpan.FromSeconds(5) };
        await foreach (var e in Client.WatchAsync<JsonObject>(ResourceType.ConfigMaps, options, Limit)) events.Add(e);
        Assert.NotEmpty(events);
        Assert.All(events, e => Assert.Equal(WatchEventKind.Bookmark, e.Kind));
        // From the bookmark on, the change outside of the selection need not be looked at again.
        Assert.NotEqual(from, Objects.Version(events[^1].Object!));
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        Assert.Equal("Added a", Told((await TakeAsync(1, Objects.Version(events[^1].Object!)))[0]));
    }

    [ClusterFact]
    public async Task A_version_that_is_long_gone_is_expired()
    {
        Target.Sandbox?.CompactHistory();
        await foreach (var e in WatchAsync("1"))
        {
            Assert.Equal(WatchEventKind.Error, e.Kind);
            Assert.True(Assert.IsType<KubernetesError>(e.Error) is { IsExpired: true, Status: 410 }, e.Error!.ToString());
        }
    }

    [ClusterFact]
    public async Task A_version_that_is_none_is_refused()
    {
        // 1.20 answers 500, later ones 400.
        await foreach (var e in WatchAsync("nonsense")) Assert.True(Assert.IsType<KubernetesError>(e.Error) is { Status: 400 or 500, IsExpired: false }, e.Error!.ToString());
    }

    [ClusterFact]
    public async Task Watching_an_api_that_is_not_there_says_so()
    {
        await foreach (var e in Client.WatchAsync<JsonObject>(new ResourceType("nosuch.babyhelm.dev", "v1", "things", "Thing"), new() { Namespace = Ns }, Limit))
            Assert.True(Assert.IsType<KubernetesError>(e.Error).IsNotServed);
    }

    [ClusterFact(Since = "1.34", Because = "Streaming lists are on by default from 1.34; the informer falls back to pages elsewhere.")]
    public async Task A_streaming_list_brings_the_state_then_a_mark_then_changes()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("w", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "b").Labelled(("w", "1")));
        var told = new List<string>();
        await foreach (var e in Client.WatchAsync<JsonObject>(ResourceType.ConfigMaps, new() { Namespace = Ns, LabelSelector = "w=1", SendInitialEvents = true }, Limit))
        {
            var isEnd = e.Kind == WatchEventKind.Bookmark && e.Object!["metadata"]!["annotations"]?[WatchOptions.InitialEventsEnd]?.GetValue<string>() == "true";
            if (isEnd) await ApplyAsync(Objects.ConfigMap(Ns, "c").Labelled(("w", "1")));
            if (isEnd || e.Kind != WatchEventKind.Bookmark) told.Add(isEnd ? "end" : Told(e));
            if (told.Count == 4) break;
        }
        Assert.Equal(["Added a", "Added b", "end", "Added c"], told);
    }

    [ClusterFact]
    public async Task Events_of_a_pod_are_watched()
    {
        await ApplyAsync(Objects.Pod(Ns, "one"));
        var wanted = new HashSet<string> { "Scheduled", "Started" };
        await foreach (var e in Client.WatchAsync<Event>(ResourceType.Events, new() { Namespace = Ns, FieldSelector = "involvedObject.name=one" }, Limit))
        {
            Assert.Null(e.Error);
            if (e.Kind == WatchEventKind.Bookmark) continue;
            Assert.Equal(("Pod", "one", Ns), (e.Object!.InvolvedObject.Kind, e.Object.InvolvedObject.Name, e.Object.Metadata.Namespace));
            Assert.NotNull(e.Object.LastSeen);
            wanted.Remove(e.Object.Reason);
            if (wanted.Count == 0) break;
        }
        Assert.Empty(wanted);
        Assert.NotEmpty((await Client.ListAsync<Event>(ResourceType.Events, Ns, null, "involvedObject.name=one,type=Normal", Limit)).Value.Items);
        Assert.Empty((await Client.ListAsync<Event>(ResourceType.Events, Ns, null, "involvedObject.name=none", Limit)).Value.Items);
    }

    private Task<ResourceList<JsonObject>> ListAsync() => ValueAsync(Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, cancellation: Limit));

    private static async Task<T> ValueAsync<T>(Task<Core.Common.Result<T>> result) => (await result).Value;

    private IAsyncEnumerable<WatchEvent<JsonObject>> WatchAsync(string? version) =>
        Client.WatchAsync<JsonObject>(ResourceType.ConfigMaps, new() { Namespace = Ns, LabelSelector = "w=1", ResourceVersion = version }, Limit);

    /// <summary>So many changes after a version, bookmarks left out.</summary>
    private async Task<List<WatchEvent<JsonObject>>> TakeAsync(int count, string version)
    {
        var events = new List<WatchEvent<JsonObject>>();
        await foreach (var e in WatchAsync(version))
        {
            Assert.True(e.Error is null, e.Error?.Message);
            if (e.Kind != WatchEventKind.Bookmark) events.Add(e);
            if (events.Count == count) break;
        }
        return events;
    }

    private static string Told(WatchEvent<JsonObject> e) => e.Error is { } error ? error.Message : $"{e.Kind} {e.Object!["metadata"]!["name"]}";
}
