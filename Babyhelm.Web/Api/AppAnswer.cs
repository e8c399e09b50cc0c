using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

/// <summary>An application in an answer: its spec, without secret values, and how it stands.</summary>
internal sealed record AppAnswer(
    string Name, AppKind Kind, string Image, IReadOnlyList<PortSpec> Ports, IReadOnlyList<EnvSpec> Env, int Replicas,
    AutoscaleSpec? Autoscale, ResourcesSpec Resources, HealthSpec? Health, IReadOnlyList<string> Command, IReadOnlyList<string> Args,
    ExposeSpec Expose, IReadOnlyList<VolumeSpec> Volumes, string? Registry, string? Schedule, int ProgressDeadlineSeconds,
    ReleaseState State, string? Url, int Release, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    bool AutoRollback, bool SelfHeal, DriftReport? Drift)
{
    public static AppAnswer Of(ApplicationView a) => new(
        a.Spec.Name, a.Spec.Kind, a.Spec.Image, a.Spec.Ports, a.Spec.Env, a.Spec.Replicas, a.Spec.Autoscale, a.Spec.Resources,
        a.Spec.Health, a.Spec.Command, a.Spec.Args, a.Spec.Expose, a.Spec.Volumes, a.Spec.Registry, a.Spec.Schedule,
        a.Spec.ProgressDeadlineSeconds, a.State, a.Url, a.Release, a.CreatedAt, a.UpdatedAt, a.AutoRollback, a.SelfHeal, a.Drift);
}
