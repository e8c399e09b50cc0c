using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications.Quotas;

/// <summary>What a release of an application runs, as a quota counts it.</summary>
/// <param name="Pods">Most that run at the same time while nothing is replaced.</param>
internal sealed record Holding(AppSpec Spec, int Pods)
{
    /// <param name="scaledTo">Replicas that it was scaled to after its deploy; null for as many as the spec says.</param>
    /// <param name="autoscales">The cluster can; else the least number runs.</param>
    public static Holding Of(AppSpec spec, bool stopped, int? scaledTo, bool autoscales) => new(spec,
        stopped ? 0
        : spec.Kind == AppKind.Cron ? 1 // a run at a time
        : spec.Autoscale is { } scale ? (autoscales ? scale.Max : scale.Min)
        : scaledTo ?? spec.Replicas);

    private Demand OnePod => Demand.OfPod(Spec.Resources);

    /// <summary>While nothing is replaced.</summary>
    public Demand Steady => OnePod * Pods + Demand.OfVolumes(Spec.Volumes);

    /// <summary>
    /// The most that is there while this takes the place of what runs now, as the deployment controller does it: pods come up
    /// before others end, as many at a time as <see cref="Surge"/> says; with volumes, they end first.
    /// </summary>
    /// <param name="now">Null where nothing runs.</param>
    public Demand Replacing(Holding? now)
    {
        if (now is null || now.Pods == 0 || Pods == 0 || Spec.Volumes.Count > 0) return Steady;
        if ((now.Spec.Kind == AppKind.Cron) != (Spec.Kind == AppKind.Cron)) return now.OnePod * now.Pods + Steady;
        if (Spec.Kind == AppKind.Cron) return Demand.Max(now.OnePod, OnePod);
        var together = Pods + Surge;
        // At first all old ones are there, in the end all new ones; in between the mixture changes evenly.
        var first = now.OnePod * now.Pods + OnePod * Math.Clamp(together - now.Pods, 0, Pods);
        var last = OnePod * Pods + now.OnePod * Math.Min(Surge, now.Pods);
        return Demand.Max(first, last);
    }

    /// <summary>Pods that a rolling update adds at a time: as the manifest says it, rounded up as the controller does.</summary>
    private int Surge => ManifestValues.AddsQuarters(Spec) ? (Pods + 3) / 4 : 1;
}
