using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

/// <summary>Whether templates can stand in for the built-in ones.</summary>
public class TemplateCheckTests
{
    [Fact]
    public void The_built_in_ones_pass()
    {
        var result = TemplateCheck.Check(new Dictionary<string, string>());
        Assert.True(result.Error is null, result.ToString());
    }

    public static TheoryData<string> Names => [.. ManifestTemplates.BuiltInSources.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_of_them_is_rendered_by_some_sample(string name)
    {
        var broken = ManifestTemplates.BuiltInSources[name] + "\n{{ nothing }}";
        Assert.NotNull(TemplateCheck.Check(new Dictionary<string, string> { [name] = broken }).Error);
    }
}
