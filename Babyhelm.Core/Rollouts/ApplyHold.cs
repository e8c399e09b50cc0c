namespace Babyhelm.Core.Rollouts;

/// <summary>The cluster has not taken a release's manifests yet, and they are tried again.</summary>
/// <param name="Diagnosis">What the cluster answered last.</param>
/// <param name="Since">When it first did not take them.</param>
/// <param name="NextTryAt">When they are applied again.</param>
/// <param name="MayPass">The last answers were of a kind that is believed only when it lasts.</param>
/// <param name="StreakSince">Since when all answers were of that kind, or none was.</param>
/// <param name="Streak">How many, at least 1.</param>
public sealed record ApplyHold(Diagnosis Diagnosis, DateTimeOffset Since, DateTimeOffset NextTryAt, bool MayPass, DateTimeOffset StreakSince, int Streak);
