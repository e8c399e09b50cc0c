using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Features.Applications;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Components;

public sealed class DiagnosisCardTests
{
    private static readonly Diagnosis Why = new(DiagnosisCodes.Rejected, "A check of the cluster is broken", "It does not answer.", ["The cluster answered 500"], "Wait.");

    [Fact]
    public async Task Of_a_release_that_is_tried_again_it_tells_when()
    {
        var text = await ShowAsync(new() { ["Diagnosis"] = Why, ["NextTryAt"] = new DateTimeOffset(2026, 1, 1, 12, 0, 20, TimeSpan.Zero) });
        Assert.Contains("The cluster answered 500", text, StringComparison.Ordinal);
        Assert.Contains("next-try", text, StringComparison.Ordinal);
        Assert.Contains("mode=until", text, StringComparison.Ordinal);
        Assert.Contains("2026-01-01 12:00:20Z", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_that_is_over_it_promises_no_try() =>
        Assert.DoesNotContain("next-try", await ShowAsync(new() { ["Diagnosis"] = Why, ["Final"] = true }), StringComparison.Ordinal);

    private static async Task<string> ShowAsync(Dictionary<string, object?> parameters)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var page = new PageRenderer(services);
        await page.ShowAsync<DiagnosisCard>(parameters);
        return await page.TextAsync();
    }
}
