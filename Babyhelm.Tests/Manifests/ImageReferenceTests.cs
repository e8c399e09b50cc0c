using System.Text.Json;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class ImageReferenceTests
{
    private static readonly string Hex64 = new('a', 64);

    public static TheoryData<string> Cases()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Data/conformance/image-references.json"));
        var data = new TheoryData<string>();
        foreach (var item in JsonDocument.Parse(file).RootElement.EnumerateArray()) data.Add(item.GetRawText());
        Assert.True(data.Count > 60);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reads_as_docker_does(string json)
    {
        var expected = JsonDocument.Parse(json).RootElement;
        var result = ImageReference.Parse(expected.GetProperty("input").GetString());

        Assert.Equal(expected.GetProperty("valid").GetBoolean(), result.Error is null);
        if (result.Failed(out _, out var image)) return;
        if (expected.TryGetProperty("registry", out var registry)) Assert.Equal(registry.GetString(), image.Registry);
        if (expected.TryGetProperty("repository", out var repository)) Assert.Equal(repository.GetString(), image.Repository);
        if (expected.TryGetProperty("canonical", out var canonical)) Assert.Equal(canonical.GetString(), image.Canonical);
        if (expected.TryGetProperty("tag", out var tag)) Assert.Equal(tag.GetString(), image.Tag);
        if (expected.TryGetProperty("digest", out var digest)) Assert.Equal(digest.GetString(), image.Digest);
        Assert.Equal(image, ImageReference.Parse(image.ToString()).Value);
    }

    [Fact]
    public void Names_and_tags_have_length_limits()
    {
        Assert.Null(ImageReference.Parse("a/" + new string('b', 253)).Error);
        Assert.NotNull(ImageReference.Parse("a/" + new string('b', 254)).Error);
        Assert.Null(ImageReference.Parse("registry.example/" + new string('b', 255)).Error);
        Assert.NotNull(ImageReference.Parse("registry.example/" + new string('b', 256)).Error);
        Assert.Null(ImageReference.Parse("web:" + new string('t', 128)).Error);
        Assert.NotNull(ImageReference.Parse("web:" + new string('t', 129)).Error);
    }

    [Theory]
    [InlineData("a.b.c", true)]
    [InlineData("a..b", false)]
    [InlineData("a__b", true)]
    [InlineData("a___b", false)]
    [InlineData("a----b", true)]
    [InlineData("a._b", false)]
    [InlineData("a-", false)]
    [InlineData("_a", false)]
    [InlineData("a_b.example/x", false)]
    [InlineData("reg-.example/x", false)]
    [InlineData("reg.example./x", false)]
    [InlineData(":5000/x", false)]
    [InlineData("reg.example:/x", false)]
    [InlineData("reg.example:5a/x", false)]
    [InlineData("web:-tag", false)]
    [InlineData("web:.tag", false)]
    [InlineData("web:_tag", true)]
    [InlineData("web:a:b", false)]
    [InlineData("web@md5:d41d8cd98f00b204e9800998ecf8427e", false)]
    [InlineData("web@sha256:", false)]
    [InlineData("web@", false)]
    [InlineData("web@sha256", false)]
    [InlineData("/web", false)]
    [InlineData("https://reg.example/x", false)]
    public void Corners_of_the_grammar(string text, bool valid) => Assert.Equal(valid, ImageReference.Parse(text).Error is null);

    [Fact]
    public void A_digest_may_stand_with_a_tag_and_be_of_three_kinds()
    {
        Assert.Equal("1.0", ImageReference.Parse($"web:1.0@sha256:{Hex64}").Value.Tag);
        Assert.Null(ImageReference.Parse($"web@sha512:{Hex64}{Hex64}").Error);
        Assert.NotNull(ImageReference.Parse($"web@sha512:{Hex64}").Error);
        Assert.NotNull(ImageReference.Parse(Hex64).Error);
        Assert.Null(ImageReference.Parse(Hex64 + ":1").Error);
    }

    [Theory]
    [InlineData("", "Give an image")]
    [InlineData("nginx latest", "no spaces")]
    [InlineData("nginx\n", "U+000A")]
    [InlineData("https://ghcr.io/a/b", "not a web address")]
    [InlineData("Web", "upper-case")]
    [InlineData("web:", "tag after ':' is missing")]
    [InlineData("web@sha256:ABC", "'A'")]
    [InlineData("web@sha256:abc", "64 digits; this has 3")]
    public void Says_what_is_wrong(string text, string says)
    {
        var fault = Assert.Single(Assert.IsType<Invalid>(ImageReference.Parse(text).Error).Faults);
        Assert.Equal("image", fault.Field);
        Assert.Contains(says, fault.Message);
    }

    [Theory]
    [InlineData("nginx:1.27", "nginx", 80)]
    [InlineData("ghcr.io/owner/my_service.api:2", "my-service-api", 8080)]
    [InlineData("redis", "redis", 6379)]
    [InlineData("registry.example:5000/42", null, 8080)]
    public void A_name_and_a_port_are_proposed(string text, string? name, int port)
    {
        var image = ImageReference.Parse(text).Value;
        Assert.Equal(name, image.ProposeName());
        Assert.Equal(port, image.ProposePort());
    }
}
