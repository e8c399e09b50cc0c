using Xunit.Abstractions;

namespace Babyhelm.Tests.Common;

/// <summary>Seeds of random tests; the same each time, or that of <c>BABYHELM_TEST_SEED</c>, where <c>random</c> takes a new one. It is printed.</summary>
internal static class Seed
{
    private const int Usual = 20_260_101;

    internal static int Next(ITestOutputHelper output)
    {
        var asked = Environment.GetEnvironmentVariable("BABYHELM_TEST_SEED");
        var seed = asked == "random" ? Random.Shared.Next() : int.TryParse(asked, out var given) ? given : Usual;
        output.WriteLine($"seed {seed}");
        return seed;
    }
}
