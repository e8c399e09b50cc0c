using System.Diagnostics.Metrics;

namespace Babyhelm.Tests.Common;

/// <summary>Makes meters that nobody else in the test process listens to.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly Dictionary<string, Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        if (!_meters.TryGetValue(options.Name, out var meter)) _meters[options.Name] = meter = new Meter(options.Name, options.Version, options.Tags, this);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters.Values) meter.Dispose();
    }
}
