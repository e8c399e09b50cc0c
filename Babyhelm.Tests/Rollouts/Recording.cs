using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Rollouts;

/// <param name="Json">The object as it was recorded, with Babyhelm's labels.</param>
internal sealed record RecordedChange(double AtSeconds, DateTimeOffset At, string Type, JsonObject Json, KubernetesObject Object)
{
    public bool Deleted => Type == "DELETED";
}

/// <summary>
/// A recorded scenario as one stream in the order of time. The recorded objects carry no labels of Babyhelm's: the
/// reader adds them, release 1 to what belongs to the first replica set, 2 to the second.
/// </summary>
internal sealed class Recording
{
    public const string App = "web";

    private readonly List<string> _hashes = [];

    private Recording(IReadOnlyList<(double At, string Type, JsonObject Object)> raw)
    {
        var origin = Origin(raw);
        Changes = [.. raw.Select(r =>
        {
            var json = Labelled(r.Object);
            return new RecordedChange(r.At, origin + TimeSpan.FromSeconds(r.At), r.Type, json, Read(json));
        })];
        Namespace = Changes.First(c => c.Object is Deployment).Object.Metadata.Namespace!;
        Applied = Changes.First(c => c.Object is Deployment).At;
    }

    public string Namespace { get; }

    /// <summary>When the deployment appeared.</summary>
    public DateTimeOffset Applied { get; }

    public IReadOnlyList<RecordedChange> Changes { get; }

    public ReleaseInfo Release(int number, DateTimeOffset applied, ReleaseState state = ReleaseState.RollingOut, int replicas = 1) =>
        new(Guid.Empty, Guid.Empty, Namespace, App, number, state, replicas, applied - TimeSpan.FromSeconds(1))
        {
            StartedAt = applied - TimeSpan.FromSeconds(0.5),
            AppliedAt = applied,
        };

    public static Recording Load(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "recordings", $"{name}.json");
        var parts = JsonNode.Parse(File.ReadAllText(path))!.AsArray();
        var raw = parts.Skip(1).SelectMany(p => p!["events"]!.AsArray())
            .Select(e => ((double)e!["atSeconds"]!, (string)e["type"]!, e["object"]!.AsObject()))
            .Where(e => e.Item2 != "BOOKMARK").OrderBy(e => e.Item1);
        return new Recording([.. raw]);
    }

    /// <summary>The moment the watches began: from the micro time of a scheduler's event, or else within half a second.</summary>
    private static DateTimeOffset Origin(IReadOnlyList<(double At, string Type, JsonObject Object)> raw)
    {
        foreach (var (at, _, o) in raw)
            if (o["eventTime"]?.GetValue<string>() is { } time) return DateTimeOffset.Parse(time) - TimeSpan.FromSeconds(at) + TimeSpan.FromMilliseconds(10);
        var first = raw.First(r => (string?)r.Object["kind"] == "Deployment");
        return DateTimeOffset.Parse((string)first.Object["metadata"]!["creationTimestamp"]!) + TimeSpan.FromSeconds(0.5 - first.At);
    }

    private JsonObject Labelled(JsonObject o)
    {
        var json = o.DeepClone().AsObject();
        switch ((string)json["kind"]!)
        {
            case "Deployment":
                Label(json, null);
                Label(json["spec"]!["template"]!.AsObject(), ((long)json["metadata"]!["generation"]!).ToString());
                break;
            case "ReplicaSet" or "Pod":
                Label(json, Number(json));
                break;
        }
        return json;
    }

    private static KubernetesObject Read(JsonObject json) => (string)json["kind"]! switch
    {
        "Deployment" => json.Deserialize(KubernetesJson.Of<Deployment>())!,
        "ReplicaSet" => json.Deserialize(KubernetesJson.Of<ReplicaSet>())!,
        "Pod" => json.Deserialize(KubernetesJson.Of<Pod>())!,
        _ => json.Deserialize(KubernetesJson.Of<Event>())!,
    };

    private string Number(JsonObject json)
    {
        var hash = (string)json["metadata"]!["labels"]!["pod-template-hash"]!;
        if (!_hashes.Contains(hash)) _hashes.Add(hash);
        return (_hashes.IndexOf(hash) + 1).ToString();
    }

    private static void Label(JsonObject json, string? release)
    {
        var metadata = json["metadata"]!.AsObject();
        if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
        labels[Labels.ManagedBy] = Labels.ManagedByValue;
        labels[Labels.App] = App;
        if (release is not null) labels[Labels.Release] = release;
    }
}
