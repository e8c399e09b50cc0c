using System.Diagnostics;

namespace Babyhelm.Tests.Integration;

/// <summary>Waits for a condition with a deadline; the failure says what was seen last.</summary>
public static class Eventually
{
    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> good, TimeSpan? within = null, Func<string>? context = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(120);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await read();
            if (good(seen)) return seen;
            if (watch.Elapsed > limit) throw new TimeoutException($"Not within {limit.TotalSeconds} s; last seen: {seen}\n{context?.Invoke()}");
            await Task.Delay(100);
        }
    }
}
