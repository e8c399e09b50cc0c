using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>An informer that is played what a real cluster sent.</summary>
public sealed class InformerRecordingTests : InformerHarness
{
    /// <summary>Every watch that was recorded, played as the streaming list that it was.</summary>
    [Theory]
    [InlineData("rollout-then-update")]
    [InlineData("crash-loop")]
    [InlineData("out-of-memory")]
    [InlineData("quota-exceeded")]
    [InlineData("pod-security-rejection")]
    [InlineData("unschedulable")]
    [InlineData("secret-missing")]
    [InlineData("image-not-found")]
    [InlineData("image-name-invalid")]
    [InlineData("never-ready-deadline")]
    public async Task Recorded_pods_end_in_the_state_of_their_last_events(string scenario)
    {
        var events = Recording.Load(scenario).Single(e => e!["watch"]?.GetValue<string>().Contains("/pods?") == true)!["events"]!.AsArray();
        Start();
        var stream = await StreamAsync();
        var expected = new Dictionary<string, string>();
        foreach (var e in events)
        {
            var (type, metadata) = (e!["type"]!.GetValue<string>(), e["object"]!["metadata"]!);
            await stream.SendAsync(new System.Text.Json.Nodes.JsonObject { ["type"] = type, ["object"] = e["object"]!.DeepClone() }.ToJsonString());
            if (type == "BOOKMARK") continue;
            var key = $"{metadata["namespace"]}/{metadata["name"]}";
            if (type == "DELETED") expected.Remove(key);
            else expected[key] = metadata["resourceVersion"]!.GetValue<string>();
        }
        await stream.SendAsync(Event("ADDED", Pod("last", "999999")));
        await Wait.UntilAsync(() => _informer.Items.ContainsKey("a/last"));
        Assert.Equal(expected.OrderBy(p => p.Key), _informer.Items.Where(p => p.Key != "a/last").Select(p => KeyValuePair.Create(p.Key, p.Value.Metadata.ResourceVersion)).OrderBy(p => p.Key));
        Assert.All(_informer.Items.Values, p => Assert.NotEmpty(p.Metadata.Uid));
        Assert.Null(_informer.Status.LastError);
    }
}
