using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>How many pods a deployment may have too many or too few while it rolls.</summary>
internal static class RolloutMath
{
    public static int Wanted(JsonObject deployment) => (int)(deployment.Int("spec", "replicas") ?? 1);

    public static bool Rolling(JsonObject deployment) => deployment.Str("spec", "strategy", "type") == "RollingUpdate";

    /// <summary>Percentages of the surge round up, those of the unavailable down; not both can be nothing.</summary>
    public static (int Surge, int Unavailable) Fences(JsonObject deployment)
    {
        if (!Rolling(deployment)) return (0, 0);
        var rolling = deployment.At("spec", "strategy", "rollingUpdate");
        var wanted = Wanted(deployment);
        var surge = Amount(rolling.At("maxSurge"), wanted, up: true);
        var unavailable = Amount(rolling.At("maxUnavailable"), wanted, up: false);
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable);
    }

    public static int MaxUnavailable(JsonObject deployment) =>
        Wanted(deployment) == 0 ? 0 : Math.Min(Fences(deployment).Unavailable, Wanted(deployment));

    public static int MaxTotal(JsonObject deployment) => Wanted(deployment) + Fences(deployment).Surge;

    /// <summary>What the new replica set may grow to now.</summary>
    public static int NewSize(JsonObject deployment, IEnumerable<ReplicaSetView> all, ReplicaSetView? current)
    {
        if (!Rolling(deployment)) return Wanted(deployment);
        var size = current?.Wanted ?? 0;
        var room = MaxTotal(deployment) - all.Sum(r => r.Wanted);
        return room <= 0 ? size : size + Math.Min(room, Wanted(deployment) - size);
    }

    private static int Amount(JsonNode? value, int total, bool up)
    {
        if (value.Int() is { } number) return (int)number;
        if (value.Str() is not { } text || !int.TryParse(text.TrimEnd('%'), out var percent)) return 0;
        return up ? (percent * total + 99) / 100 : percent * total / 100;
    }
}
