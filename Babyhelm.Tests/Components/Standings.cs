using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Components;

/// <summary>How applications of tests stand.</summary>
internal static class Standings
{
    /// <summary>A web application whose only release is live.</summary>
    public static AppStanding Live { get; } = new(AppKind.Web, Autoscaled: false, ReleaseState.Live, Stopped: false, Paused: false, InForce: 1, Repeats: null, Deleting: false);
}
