using Xunit.Abstractions;

namespace Babyhelm.Tests.Common;

/// <summary>Seeds of random tests; each is printed and can be given again as <c>BABYHELM_SEED</c>.</summary>
internal static class Seed
{
    internal static int Next(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BABYHELM_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
