using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>Informers: one truth over changes, cuts of the connection, and gaps.</summary>
public sealed class InformerConformance(ClusterTarget target) : ClusterCase(target)
{
    private readonly Channel<ResourceChange<Deployment>> _changes = Channel.CreateBounded<ResourceChange<Deployment>>(1000);
    private readonly CancellationTokenSource _stop = new();
    private ClusterLink _link = null!;
    private Informer<Deployment> _informer = null!;
    private Task _run = Task.CompletedTask;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _link = await ClusterLink.ToAsync(Target.KubeConfigPath);
    }

    public override async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _link.Dispose();
        _stop.Dispose();
        await base.DisposeAsync();
    }

    [ClusterFact]
    public async Task It_holds_the_state_and_reports_each_change_once()
    {
        await ApplyAsync(Idle("a"));
        await ApplyAsync(Idle("other", ("i", "2")));
        await StartAsync();
        Assert.Equal([$"{Ns}/a"], _informer.Items.Keys);
        await ApplyAsync(Idle("b"));
        await ApplyAsync(Idle("b", ("i", "1"), ("more", "1")));
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "a", cancellation: Limit);
        await ExpectAsync("Applied b", "Deleted a");
        await UntilItemAsync("b", d => d.Metadata.Label("more") == "1");
        Assert.Equal([$"{Ns}/b"], _informer.Items.Keys);
        Assert.Equal((true, null, 1), (_informer.Status.Synced, _informer.Status.LastError, _informer.Status.Relists));
    }

    [ClusterFact]
    public async Task What_leaves_the_selection_is_reported_as_deleted()
    {
        await ApplyAsync(Idle("a"));
        await StartAsync();
        await ApplyAsync(Idle("a", ("i", "2")));
        await ExpectAsync("Deleted a");
        Assert.Empty(_informer.Items);
    }

    [ClusterFact]
    public async Task A_short_cut_of_the_connection_loses_nothing()
    {
        await ApplyAsync(Idle("a"));
        await StartAsync();
        _link.Link.Cut();
        _link.Link.Restore();
        await ApplyAsync(Idle("b"));
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "a", cancellation: Limit);
        var told = await TellAsync(t => t.Contains("Applied b") && t.Contains("Deleted a"));
        Assert.Single(told, t => t == "Deleted a");
        Assert.Equal([$"{Ns}/b"], _informer.Items.Keys);
    }

    [ClusterFact]
    public async Task After_an_outage_deletions_in_the_gap_are_seen_and_what_stayed_is_not_told_again()
    {
        await ApplyAsync(Idle("stays"));
        await ApplyAsync(Idle("goes"));
        await ApplyAsync(Idle("returns"));
        await StartAsync();
        foreach (var name in new[] { "stays", "goes", "returns" }) await UntilItemAsync(name, d => d.Status.ObservedGeneration == 1 && d.Status.Conditions?.Count > 0);
        var before = _informer.Items[$"{Ns}/returns"].Metadata.Uid;
        var quiet = await SettledAsync("stays");
        _link.Link.Cut();
        await OutageAsync();
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "goes", cancellation: Limit);
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "returns", cancellation: Limit);
        await ApplyAsync(Idle("returns"));
        await ApplyAsync(Idle("new"));
        while (_changes.Reader.TryRead(out _)) { }
        _link.Link.Restore();

        // The order of objects in a relist is free; each deletion comes before what takes its place.
        var told = await TellAsync(t => t.Contains("Applied new") && t.Contains("Applied returns") && t.Contains("Deleted goes"));
        Assert.True(told.IndexOf("Deleted returns") >= 0 && told.IndexOf("Deleted returns") < told.IndexOf("Applied returns"), string.Join(", ", told));
        Assert.DoesNotContain("Applied stays", told);
        Assert.Equal(new[] { $"{Ns}/new", $"{Ns}/returns", $"{Ns}/stays" }, _informer.Items.Keys.Order());
        Assert.NotEqual(before, _informer.Items[$"{Ns}/returns"].Metadata.Uid);
        Assert.Equal(quiet, _informer.Items[$"{Ns}/stays"].Metadata.ResourceVersion);
        Assert.Null(_informer.Status.LastError);
        Assert.True(_informer.Status.Relists >= 2);
    }

    [ClusterFact]
    public async Task It_begins_before_the_cluster_answers()
    {
        _link.Link.Cut();
        Run();
        await OutageAsync();
        Assert.False(_informer.Status.Synced);
        await ApplyAsync(Idle("a"));
        _link.Link.Restore();
        await _informer.WaitForSyncAsync(Limit);
        Assert.Equal([$"{Ns}/a"], _informer.Items.Keys);
    }

    [ClusterFact]
    public async Task Many_changes_during_many_cuts_end_in_the_clusters_state()
    {
        await StartAsync();
        for (var round = 0; round < 5; round++)
        {
            await ApplyAsync(Idle($"made{round}"));
            if (round > 0) await Client.DeleteAsync(ResourceType.Deployments, Ns, $"made{round - 1}", cancellation: Limit);
            _link.Link.Cut();
            await ApplyAsync(Idle("kept", ("i", "1"), ("round", $"{round}")));
            _link.Link.Restore();
        }
        await ApplyAsync(Idle("last"));
        await UntilItemAsync("last", _ => true);
        await UntilItemAsync("kept", d => d.Metadata.Label("round") == "4");
        Assert.Equal(new[] { $"{Ns}/kept", $"{Ns}/last", $"{Ns}/made4" }, _informer.Items.Keys.Order());
    }

    private void Run()
    {
        _informer = new(_link.Client, ResourceType.Deployments, "i=1", Ns, c => Assert.True(_changes.Writer.TryWrite(c)), TimeProvider.System, NullLogger.Instance);
        _run = _informer.RunAsync(_stop.Token);
    }

    private async Task StartAsync()
    {
        Run();
        await _informer.WaitForSyncAsync(Limit);
    }

    /// <summary>The informer has tried to connect again, in vain: another cluster might be there afterwards, so it reads everything anew.</summary>
    private async Task OutageAsync()
    {
        while (_informer.Status.LastError?.Message.Contains("connection refused", StringComparison.Ordinal) != true) await Task.Delay(20, Limit);
    }

    /// <summary>The version at which the controllers have nothing more to say of an idle deployment.</summary>
    private async Task<string> SettledAsync(string name)
    {
        await UntilItemAsync(name, d => d.Metadata.Annotation("deployment.kubernetes.io/revision") is not null && d.Status.Conditions!.Any(c => c.Type == "Available"));
        while (true)
        {
            var version = _informer.Items[$"{Ns}/{name}"].Metadata.ResourceVersion;
            await Task.Delay(2000, Limit);
            if (_informer.Items[$"{Ns}/{name}"].Metadata.ResourceVersion == version) return version;
        }
    }

    private async Task UntilItemAsync(string name, Func<Deployment, bool> fits)
    {
        while (!_informer.Items.TryGetValue($"{Ns}/{name}", out var item) || !fits(item)) await Task.Delay(20, Limit);
    }

    /// <summary>These changes come in this order; controllers' own changes in between do not count.</summary>
    private async Task ExpectAsync(params string[] changes)
    {
        var told = await TellAsync(t => t.Contains(changes[^1]));
        Assert.Equal(changes, told.Where(changes.Contains).Distinct());
    }

    private async Task<List<string>> TellAsync(Func<List<string>, bool> enough)
    {
        var told = new List<string>();
        while (!enough(told))
        {
            var change = await _changes.Reader.ReadAsync(Limit);
            told.Add($"{change.Kind} {change.Object.Metadata.Name}");
        }
        return told;
    }

    /// <summary>Deployments without pods.</summary>
    private System.Text.Json.Nodes.JsonObject Idle(string name, params (string, string)[] labels) =>
        Objects.Deployment(Ns, name, replicas: 0).Labelled(labels.Length == 0 ? [("i", "1")] : labels);
}
