namespace Babyhelm.Tests.Common;

/// <summary>Waits for a condition that nothing announces; fails after 60 s.</summary>
internal static class Wait
{
    internal static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(5, limit.Token);
    }
}
