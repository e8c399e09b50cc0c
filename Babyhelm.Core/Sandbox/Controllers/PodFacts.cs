using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>What controllers ask of a pod.</summary>
internal static class PodFacts
{
    public static bool Ready(JsonObject pod) => Conditions.Get(pod["status"], "Ready").Str("status") == "True";

    public static bool Ended(JsonObject pod) => pod.Str("status", "phase") is "Succeeded" or "Failed";

    /// <summary>When the pod became ready, or null.</summary>
    public static DateTimeOffset? ReadySince(JsonObject pod) =>
        Ready(pod) ? Ids.Time(Conditions.Get(pod["status"], "Ready").Str("lastTransitionTime")) : null;

    /// <summary>Neither ended nor being deleted.</summary>
    public static bool Active(StoredObject stored, JsonObject pod) => !stored.Deleting && !Ended(pod);
}
