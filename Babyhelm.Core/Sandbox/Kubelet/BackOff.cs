namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>Waits that double each time, up to thirty times the first.</summary>
internal sealed class BackOff(TimeSpan first)
{
    private const int Most = 30;
    private int _factor;

    /// <summary>The wait in force; zero before the first failure.</summary>
    public TimeSpan Current => first * _factor;

    public TimeSpan Next()
    {
        _factor = _factor == 0 ? 1 : Math.Min(_factor * 2, Most);
        return Current;
    }

    public void Reset() => _factor = 0;
}
