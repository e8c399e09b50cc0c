using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Tests.Cluster;

/// <summary>Get and list: pages, selectors, and what is not there.</summary>
public sealed class ReadConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task Pages_go_on_where_the_last_one_ended_and_show_one_version()
    {
        for (var i = 0; i < 5; i++) await ApplyAsync(Objects.ConfigMap(Ns, $"page{i}").Labelled(("page", "yes")));
        var first = await PageAsync(2, null);
        // Changes after the first page are in none of the later ones.
        await ApplyAsync(Objects.ConfigMap(Ns, "page5").Labelled(("page", "yes")));
        await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "page4", cancellation: Limit);
        var second = await PageAsync(2, first.Continue);
        var third = await PageAsync(2, second.Continue);
        Assert.Equal([["page0", "page1"], ["page2", "page3"], ["page4"]], new[] { first.Names, second.Names, third.Names });
        Assert.Null(third.Continue);
        Assert.Equal(first.Version, second.Version);
        Assert.Equal(first.Version, third.Version);
    }

    [ClusterFact]
    public async Task A_list_in_pages_has_everything_once()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 120), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Limit },
            async (i, _) => await ApplyAsync(Objects.ConfigMap(Ns, $"many{i:000}").Labelled(("many", "yes"))));
        var (names, next) = (new List<string>(), (string?)null);
        do
        {
            var page = await PageAsync(50, next, "many=yes");
            Assert.InRange(page.Names.Count, 1, 50);
            names.AddRange(page.Names);
            next = page.Continue;
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(0, 120).Select(i => $"many{i:000}"), names);
        Assert.Equal(names, (await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, "many=yes", cancellation: Limit)).Value.Items.Select(i => i["metadata"]!["name"]!.GetValue<string>()));
    }

    [ClusterFact]
    public async Task A_continue_token_that_is_none_is_refused() =>
        Assert.Equal(400, Refusal(await RawAsync(HttpMethod.Get, ResourceType.ConfigMaps.Path(Ns) + "?limit=2&continue=nonsense")).Status);

    [ClusterTheory]
    [Row("tier=web", "a,b")]
    [Row("tier==web", "a,b")]
    [Row("tier!=web", "c,d")]
    [Row("tier in (web,db)", "a,b,c")]
    [Row("tier notin (web)", "c,d")]
    [Row("tier", "a,b,c")]
    [Row("!tier", "d")]
    [Row("tier=web,blue", "b")]
    [Row("tier=web,!blue", "a")]
    [Row("tier=none", "")]
    public async Task Label_selectors_choose(string selector, string names)
    {
        await SampleAsync();
        var found = (await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, $"sample=yes,{selector}", cancellation: Limit)).Value.Items;
        Assert.Equal(names, string.Join(',', found.Select(i => i["metadata"]!["name"]!.GetValue<string>()).Order()));
    }

    [ClusterTheory]
    [Row("metadata.name=b", "b")]
    [Row("metadata.name!=b", "a,c,d")]
    [Row("metadata.name=none", "")]
    public async Task Field_selectors_choose(string selector, string names)
    {
        await SampleAsync();
        var found = (await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, "sample=yes", selector, Limit)).Value.Items;
        Assert.Equal(names, string.Join(',', found.Select(i => i["metadata"]!["name"]!.GetValue<string>()).Order()));
    }

    [ClusterFact]
    public async Task Pods_are_chosen_by_their_phase()
    {
        await ApplyAsync(Objects.Pod(Ns, "up"));
        await ApplyAsync(Objects.Pod(Ns, "waiting", spec: """ "nodeSelector":{"no":"where"}, """));
        await UntilAsync<Pod>(ResourceType.Pods, "up", p => p.Status.Phase == "Running");
        Assert.Equal("up", Assert.Single((await Client.ListAsync<Pod>(ResourceType.Pods, Ns, null, "status.phase=Running", Limit)).Value.Items).Metadata.Name);
        Assert.Equal("waiting", Assert.Single((await Client.ListAsync<Pod>(ResourceType.Pods, Ns, null, "status.phase!=Running", Limit)).Value.Items).Metadata.Name);
        Assert.Equal("waiting", Assert.Single((await Client.ListAsync<Pod>(ResourceType.Pods, Ns, null, "spec.nodeName=", Limit)).Value.Items).Metadata.Name);
    }

    [ClusterTheory]
    [Row("labels", "a in (", null)]
    [Row("fields", null, "data.a=1")]
    public async Task A_selector_that_makes_no_sense_is_refused(string what, string? labels, string? fields)
    {
        var refusal = Refusal(await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, labels, fields, Limit));
        Assert.True(refusal.Status == 400, $"{what}: {refusal}");
    }

    [ClusterFact]
    public async Task Lists_of_all_namespaces_have_those_of_each()
    {
        var other = await Target.NewNamespaceAsync(Limit);
        var mark = Guid.NewGuid().ToString("N");
        await ApplyAsync(Objects.ConfigMap(Ns, "settings").Labelled(("mark", mark)));
        await ApplyAsync(Objects.ConfigMap(other, "settings").Labelled(("mark", mark)));
        var all = (await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, null, $"mark={mark}", cancellation: Limit)).Value.Items;
        Assert.Equal(new[] { Ns, other }.Order(), all.Select(i => i["metadata"]!["namespace"]!.GetValue<string>()).Order());
        Assert.Single((await Client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, $"mark={mark}", cancellation: Limit)).Value.Items);
        await Target.DeleteNamespaceAsync(other);
    }

    [ClusterFact]
    public async Task A_missing_object_and_a_missing_api_are_told_apart()
    {
        var missing = Refusal(await Client.GetAsync(ResourceType.ConfigMaps, Ns, "none", Limit));
        Assert.True(missing is { Status: 404, IsNotFound: true, IsNotServed: false });
        Assert.Contains("\"none\"", missing.ServerMessage, StringComparison.Ordinal);
        var unserved = Refusal(await Client.ListAsync<JsonObject>(new ResourceType("nosuch.babyhelm.dev", "v1", "things", "Thing"), Ns, cancellation: Limit));
        Assert.True(unserved is { Status: 404, IsNotFound: false, IsNotServed: true });
        Assert.Empty((await Client.ListAsync<Pod>(ResourceType.Pods, $"{Ns}-none", cancellation: Limit)).Value.Items);
    }

    private sealed record Page(IReadOnlyList<string> Names, string? Continue, string Version);

    private async Task<Page> PageAsync(int limit, string? next, string labels = "page=yes")
    {
        var query = new Query().Add("limit", (long)limit).Add("continue", next).Add("labelSelector", labels);
        var list = (await RawAsync(HttpMethod.Get, ResourceType.ConfigMaps.Path(Ns) + query)).Value;
        var token = list["metadata"]!["continue"]?.GetValue<string>();
        return new([.. list["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.GetValue<string>())], token is { Length: > 0 } ? token : null, Objects.Version(list));
    }

    private async Task SampleAsync()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "a").Labelled(("sample", "yes"), ("tier", "web")));
        await ApplyAsync(Objects.ConfigMap(Ns, "b").Labelled(("sample", "yes"), ("tier", "web"), ("blue", "")));
        await ApplyAsync(Objects.ConfigMap(Ns, "c").Labelled(("sample", "yes"), ("tier", "db")));
        await ApplyAsync(Objects.ConfigMap(Ns, "d").Labelled(("sample", "yes")));
    }
}
