using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Web.Api;

/// <summary>An application in an answer: its spec, without secret values, and how it stands.</summary>
internal sealed record AppAnswer(
    string Name, AppKind Kind, string Image, IReadOnlyList<PortSpec> Ports, IReadOnlyList<EnvSpec> Env, int Replicas,
    AutoscaleSpec? Autoscale, ResourcesSpec Resources, HealthSpec? Health, IReadOnlyList<string> Command, IReadOnlyList<string> Args,
    ExposeSpec Expose, IReadOnlyList<VolumeSpec> Volumes, string? Registry, string? Schedule, int ProgressDeadlineSeconds, int ShutdownSeconds,
    ReleaseState State, string? Url, int Release, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    bool AutoRollback, bool SelfHeal, DriftReport? Drift, string? Problem, bool Stopped, bool Paused, IReadOnlyList<ActionAnswer> Actions)
{
    /// <summary>Version of the templates that the latest release was rendered from.</summary>
    public required string TemplateVersion { get; init; }

    public static AppAnswer Of(ApplicationView a) => new(
        a.Spec.Name, a.Spec.Kind, a.Spec.Image, a.Spec.Ports, a.Spec.Env, a.Spec.Replicas, a.Spec.Autoscale, a.Spec.Resources,
        a.Spec.Health, a.Spec.Command, a.Spec.Args, a.Spec.Expose, a.Spec.Volumes, a.Spec.Registry, a.Spec.Schedule,
        a.Spec.ProgressDeadlineSeconds, a.Spec.ShutdownSeconds, a.State, a.Url, a.Release, a.CreatedAt, a.UpdatedAt, a.AutoRollback, a.SelfHeal, a.Drift, a.Problem,
        a.Standing.Stopped, a.Standing.Paused, [.. Enum.GetValues<AppAction>().Select(action => ActionAnswer.Of(a, action))])
    { TemplateVersion = a.TemplateVersion };
}

/// <summary>Whether the caller can do something to the application now.</summary>
/// <param name="Code">Why not, for programs; null where it can be done.</param>
/// <param name="Reason">The same for people.</param>
internal sealed record ActionAnswer(AppAction Action, bool Allowed, string? Code, string? Reason)
{
    public static ActionAnswer Of(ApplicationView app, AppAction action) =>
        app.WhyNot(action) is { } error ? new(action, false, error.Code, error.Public) : new(action, true, null, null);
}
