namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>What of the API of Prometheus is asked.</summary>
public enum ScopedRead { Query, QueryRange, Series, Labels, LabelValues }

/// <param name="Label">Whose values, for <see cref="ScopedRead.LabelValues"/>.</param>
/// <param name="Parameters">As sent: those that are not known are left out.</param>
public sealed record ScopedRequest(ScopedRead Read, ILookup<string, string> Parameters, string? Label = null);
